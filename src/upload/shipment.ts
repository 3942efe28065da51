/** One file to send. */
export interface ShipmentFile {
  /** Here: a plain file name in the folder of the shipment. */
  readonly name: string;
  /** There: what stands for `{name}`. */
  readonly remoteName: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** One bundle or one chunk set, checked and ready to be sent, with its files in the order of sending. */
export interface Shipment {
  readonly kind: 'bundle' | 'chunk-set';
  /** As the person named it. */
  readonly path: string;
  readonly name: string;
  readonly id?: string;
  readonly case?: string;
  readonly owner?: string;
  readonly files: readonly ShipmentFile[];
}

/** The names of a set's files, each in its part. */
export interface SetNames {
  /** Name of the folder of the set here. */
  readonly folder: string;
  /** `[CASE_]NAME`, what its files are called after where they have no folder of their own. */
  readonly stem: string;
  readonly chunks: readonly string[];
  /** What describes them, the manifest last. */
  readonly about: readonly string[];
}

/** The files of a set in the order of sending: whoever sees the last of them at the remote has the whole set. */
export function orderSet(
  { folder, stem, chunks, about }: SetNames,
  { isFlat }: { readonly isFlat: boolean },
): readonly Pick<ShipmentFile, 'name' | 'remoteName'>[] {
  const remote = (name: string, isAbout: boolean) => {
    if (!isFlat) return `${folder}/${name}`;
    return isAbout ? `${stem}.${name}` : name;
  };
  return [
    ...chunks.map((name) => ({ name, remoteName: remote(name, false) })),
    ...about.map((name) => ({ name, remoteName: remote(name, true) })),
  ];
}

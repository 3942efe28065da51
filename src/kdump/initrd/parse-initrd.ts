import type { Fact } from '../../model/fact.ts';
import { UnsupportedFormat } from '../../std/unsupported-format.ts';
import { readCpio } from './read-cpio.ts';
import { isSquashfs, walkSquashfs } from './squashfs.ts';
import { unpackInitrd } from './unpack.ts';

/** What lies in a capture initrd. */
export interface InitrdListing {
  /** Paths without a leading slash, of the image inside too. */
  readonly names: ReadonlySet<string>;
  /** Bytes that it takes in memory once it is unpacked; an image inside stays packed. */
  readonly unpackedBytes: number;
  /** Small text files that decide where a dump goes. */
  readonly texts: ReadonlyMap<string, string>;
  /** The image that dracut's squash modules put most files into. */
  readonly image: InitrdImage | undefined;
  /** What was wrong; an initrd cut short is not loadable. */
  readonly problem: string | undefined;
  /** How it is packed, where that is not opened here although it may be well. */
  readonly unopened: string | undefined;
}

/** An image of a file system inside of an initrd. */
export interface InitrdImage {
  readonly kind: 'squashfs' | 'erofs';
  readonly path: string;
  /** Why it was not looked into; undefined when it was. */
  readonly unopened: string | undefined;
}

/** Why the names and texts are not all of an initrd; undefined when they are. */
export function unseenPart({ problem, unopened, image }: InitrdListing): string | undefined {
  return problem ?? unopened ?? image?.unopened;
}

const maximumUnpackedBytes = 512 * 1024 * 1024;
const maximumNames = 50_000;
const maximumTextBytes = 256 * 1024;
const maximumTexts = 1000;

// Texts worth keeping: host keys, the pinned address, interface set-up, the collector's own configuration.
const wantedText =
  /(?:^|\/)(?:known_hosts2?|[^/]*\.pub|60kdumpip\.conf|[^/]*kdump[^/]*\.(?:conf|cfg)|kdump\.conf|kdump-tools|hostonly-kernel-modules\.txt|modules\.txt)$|^etc\/cmdline\.d\/|^conf\/param\.conf$|^etc\/(?:sysconfig\/kdump|fstab|hosts)$|NetworkManager\/system-connections\/[^/]+$/;

/**
 * Lists an initramfs: cpio archives one behind the other, plain or compressed, and what lies in a squashfs image in
 * them. Never throws; bounded in bytes and names.
 */
export function parseInitrd(bytes: Buffer): InitrdListing {
  const contents = new InitrdContents();
  let problem: string | undefined;
  let unopened: string | undefined;
  try {
    readArchives(bytes, contents, true);
    if (contents.names.size === 0)
      problem = bytes.length === 0 ? 'the file is empty' : 'it holds no cpio archive';
  } catch (error) {
    const { message } = error as Error;
    if (error instanceof UnsupportedFormat) unopened = message;
    else problem = message;
  }
  const { names, texts, unpackedBytes, image } = contents;
  return { names, texts, unpackedBytes, image, problem, unopened };
}

class InitrdContents {
  readonly names = new Set<string>();
  readonly texts = new Map<string, string>();
  unpackedBytes = 0;
  image: InitrdImage | undefined;

  /** Keeps a name, and the bytes of a file that is wanted; false when there are too many. */
  add(path: string, isFile: boolean, read: (mostBytes: number) => Buffer | undefined): boolean {
    if (this.names.size >= maximumNames) return false;
    this.names.add(path);
    if (isFile && this.texts.size < maximumTexts && wantedText.test(path)) {
      const bytes = read(maximumTextBytes);
      if (bytes) this.texts.set(path, bytes.toString('utf8'));
    }
    return true;
  }
}

function readArchives(bytes: Buffer, contents: InitrdContents, mayBePacked: boolean): void {
  let at = 0;
  for (;;) {
    while (at < bytes.length && bytes[at] === 0) at += 1;
    if (at >= bytes.length) return;
    if (bytes.toString('latin1', at, at + 5) === '07070') {
      at = readCpio(bytes, at, (entry) => addFile(entry, contents));
    } else if (mayBePacked) {
      const unpacked = unpackPart(
        bytes.subarray(at),
        maximumUnpackedBytes - contents.unpackedBytes,
      );
      readArchives(unpacked.bytes, contents, false);
      at += unpacked.length;
    } else throw new Error('it holds no cpio archive where there should be one');
  }
}

function unpackPart(bytes: Buffer, mostBytes: number): ReturnType<typeof unpackInitrd> {
  try {
    return unpackInitrd(bytes, mostBytes);
  } catch (error) {
    const { message } = error as Error;
    throw error instanceof UnsupportedFormat
      ? new UnsupportedFormat(`compressed with ${message}`)
      : new Error(`it is damaged or cut short: ${message}`);
  }
}

function addFile(
  { path, isFile, bytes }: { path: string; isFile: boolean; bytes: Buffer },
  contents: InitrdContents,
): void {
  contents.unpackedBytes += bytes.length;
  contents.add(path, isFile, (mostBytes) => (bytes.length <= mostBytes ? bytes : undefined));
  const kind = isFile ? imageKind(bytes) : undefined;
  if (!kind || contents.image) return;
  const unopened =
    kind === 'squashfs' ? readSquashfs(bytes, path, contents) : `${path} in it is an erofs image`;
  contents.image = { kind, path, unopened };
}

// Answers why it could not be opened.
function readSquashfs(image: Buffer, path: string, contents: InitrdContents): string | undefined {
  try {
    walkSquashfs(image, (entry) => contents.add(entry.path, entry.kind === 'file', entry.read));
    return undefined;
  } catch (error) {
    const { message } = error as Error;
    if (error instanceof UnsupportedFormat) return `${path} in it is ${message}`;
    throw new Error(`its image ${path} is broken: ${message}`);
  }
}

// erofs has its superblock, which begins with its magic, at 1024 (linux/fs/erofs/erofs_fs.h).
function imageKind(bytes: Buffer): InitrdImage['kind'] | undefined {
  if (isSquashfs(bytes)) return 'squashfs';
  return bytes.length >= 4096 && bytes.readUInt32LE(1024) === 0xe0f5e1e2 ? 'erofs' : undefined;
}

/** What a capture initrd takes in memory once it is unpacked; undefined when that is not known. */
export function unpackedBytes(initrd: Fact<InitrdListing>): number | undefined {
  return initrd.state === 'known' && !initrd.value.problem && !initrd.value.unopened
    ? initrd.value.unpackedBytes
    : undefined;
}

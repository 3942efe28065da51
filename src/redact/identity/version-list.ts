// Packages, modules, firmware.
const lists =
  /(?:^|\/)(?:installed-(?:rpms|debs)|package-data|(?:dpkg|rpm|modinfo|apt|snap_list|pip|dnf|zypper)[\w.-]*|history\.log)$/;

/** True for files in which four numbers with dots between them are versions, not addresses. */
export function isVersionList(path: string): boolean {
  return lists.test(path);
}

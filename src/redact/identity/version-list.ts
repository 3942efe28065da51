// Packages, modules, firmware.
const lists =
  /(?:^|\/)(?:installed-(?:rpms|debs)|package-data|(?:dpkg|rpm|modinfo|apt|snap_list|pip|dnf|yum|zypper|flatpak)[\w.-]*|history\.log|eipp\.log|term\.log)$|(?:^|\/)(?:lib\/(?:dpkg|rpm|apt)|cache\/apt|sos_commands\/(?:rpm|dpkg|apt|dnf|yum|zypper|snap|flatpak))\//;

/** True for files in which four numbers with dots between them are versions, not addresses. */
export function isVersionList(path: string): boolean {
  return lists.test(path);
}

// `version 1.2.3.4`, `Version: 1.2.3.4`, `(>= 1.2.3.4)`, `oid=1.2.3.4`
const announced =
  /(?:\b(?:ver(?:sion)?|rev(?:ision)?|release|firmware|fw|bios|[a-z]{0,8}oid\d{0,3})["']?[ \t]{0,20}[:=]?[ \t]{0,20}["'v]?|\([<>=~]{1,2} ?|[<>]= ?)$/i;

/** True when the words before four numbers say that they are a version or an object identifier. */
export function isAnnouncedAsVersion(text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - 48), at);
  return announced.test(before.slice(before.lastIndexOf('\n') + 1));
}

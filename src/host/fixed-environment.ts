/** The PATH every child gets: the user's own is not to be trusted on a sick or attacked machine. */
export const fixedPath = [
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/sbin',
  '/usr/bin',
  '/sbin',
  '/bin',
] as const;

/** The whole environment of a child: nothing of ours leaks into it, output is in plain English and unpaged. */
export const fixedEnvironment: Readonly<Record<string, string>> = {
  PATH: fixedPath.join(':'),
  LC_ALL: 'C.UTF-8',
  LANG: 'C.UTF-8',
  TERM: 'dumb',
  // Below /proc nothing can be made: top and others would write their settings into a home folder. dpkg complains of one
  // that is no folder, and not of one that is not there.
  HOME: '/proc/nowhere',
  COLUMNS: '512',
  SYSTEMD_PAGER: '',
  SYSTEMD_COLORS: '0',
  PAGER: 'cat',
  // LVM complains of descriptors that whoever started us left open, in what becomes evidence.
  LVM_SUPPRESS_FD_WARNINGS: '1',
};

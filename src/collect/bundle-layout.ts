const mostNameBytes = 255; // NAME_MAX (linux/limits.h)

/** The file name of a command line below `sos_commands/PLUGIN/`, as sos makes it: readers know it by heart. */
export function commandFileName(argv: readonly string[]): string {
  const name = argv
    .join(' ')
    .replace(/^\/(?:usr\/)?s?bin\//, '')
    .replace(/[^A-Za-z0-9_.\-/]+/g, '_')
    .replaceAll('/', '.')
    .replace(/^[ ._-]+|[ ._-]+$/g, '');
  return name.slice(0, mostNameBytes) || 'command';
}

/** A path of the machine as a path in the archive; odd bytes of names become `\xNN`. */
export function filePathInBundle(path: string): string {
  return path
    .replace(/^\/+/, '')
    .replace(/[\udc80-\udcff]/g, (byte) => `\\x${(byte.charCodeAt(0) - 0xdc00).toString(16)}`);
}

/** Where the text that was in a packed file, or in a journal, is stored. */
export function convertedPath(path: string): string {
  return path.replace(/\.(?:gz|xz|zst|bz2)$/, '').replace(/\.journal~?$/, '$&.txt');
}

/** The file name of a cut file below `sos_strings/PLUGIN/`. */
export function tailedFileName(path: string): string {
  return `${filePathInBundle(path)
    .replaceAll('/', '.')
    .slice(-(mostNameBytes - 7))}.tailed`;
}

/** A relative link target from one archive path to another, both below the same top folder. */
export function relativeTarget(from: string, to: string): string {
  const up = from.split('/').slice(0, -1);
  const down = to.split('/');
  while (up.length > 0 && down.length > 1 && up[0] === down[0]) {
    up.shift();
    down.shift();
  }
  return [...up.map(() => '..'), ...down].join('/');
}

/**
 * The target of a link of the machine as it is stored: absolute targets become relative, so that a link stays
 * inside the unpacked bundle; one that climbs out of the root stops there, as it does on the machine.
 */
export function storedLinkTarget(linkPath: string, target: string): string {
  const parts = target.startsWith('/') ? [] : linkPath.split('/').filter(Boolean).slice(0, -1);
  for (const part of target.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  const to = filePathInBundle(parts.join('/'));
  return to === '' ? '.' : relativeTarget(filePathInBundle(linkPath), to);
}

/** Gives each archive path once: a second asker gets `.1`, `.2` behind the name. */
export function uniquePaths(): (path: string) => string {
  const taken = new Set<string>();
  return (path) => {
    let unique = path;
    for (let count = 1; taken.has(unique); count += 1) {
      const suffix = `.${count}`;
      const slash = path.lastIndexOf('/') + 1;
      unique = path.slice(0, slash + mostNameBytes - suffix.length) + suffix;
    }
    taken.add(unique);
    return unique;
  };
}

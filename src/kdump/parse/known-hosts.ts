import { createHmac } from 'node:crypto';
import { matchesGlob, parseGlob } from '../../std/glob.ts';
import { textLines } from './text.ts';

/** The keys that a known_hosts file (sshd(8)) has for a host, as `TYPE KEY`; a host is named `[HOST]:PORT` where the port is not 22. */
export function hostKeys(text: string, host: string): readonly string[] {
  return textLines(text).flatMap((line) => {
    const words = line.trim().split(/\s+/);
    if (words[0] === '@revoked') return [];
    // The key of an authority says as much as the host's own.
    const [names = '', type = '', key = ''] =
      words[0] === '@cert-authority' ? words.slice(1) : words;
    return key !== '' && isNamed(names, host) ? [`${type} ${key}`] : [];
  });
}

function isNamed(names: string, host: string): boolean {
  if (names.startsWith('|1|')) return isHashOf(names, host);
  return matchesPatterns(names.split(','), host);
}

// `|1|SALT|HASH`: Debian's ssh writes names so unless it is told otherwise (HashKnownHosts).
function isHashOf(name: string, host: string): boolean {
  const [, , salt = '', hash = ''] = name.split('|');
  const own = createHmac('sha1', Buffer.from(salt, 'base64')).update(host.toLowerCase()).digest();
  return own.equals(Buffer.from(hash, 'base64'));
}

/** True when patterns of ssh's files (ssh_config(5), PATTERNS) name a host; one with `!` takes it out again. */
export function matchesPatterns(patterns: readonly string[], host: string): boolean {
  const isMeant = (pattern: string) => {
    const [name, own] = [pattern.toLowerCase(), host.toLowerCase()];
    return /[*?]/.test(name) ? matchesGlob(parseGlob(`/${name}`), `/${own}`) : name === own;
  };
  return (
    patterns.some((each) => !each.startsWith('!') && isMeant(each)) &&
    !patterns.some((each) => each.startsWith('!') && isMeant(each.slice(1)))
  );
}

import { type Facts, textOf } from '../facts.ts';
import { matchesPatterns } from '../parse/known-hosts.ts';
import { textLines } from '../parse/text.ts';
import type { KdumpSettings } from './settings.ts';

// The key that kdumpctl and kdump-config make and send to the target unless told.
const kdumpKey = '/root/.ssh/kdump_id_rsa';

// The order of kdump(5) on SUSE.
const standardKeys = ['rsa', 'dsa', 'ecdsa', 'ed25519'].map((type) => `/root/.ssh/id_${type}`);

/** The private keys with which a capture logs in to an ssh target: it takes the first that is there. */
export function sshKeys({ tooling, conf, values }: KdumpSettings): readonly string[] {
  switch (tooling) {
    case 'redhat':
      return [...new Set([conf?.values.get('sshkey') ?? kdumpKey, kdumpKey])];
    case 'debian':
      return [values.get('SSH_KEY') || kdumpKey];
    case 'suse': {
      const own = (values.get('KDUMP_SSH_IDENTITY') ?? '').split(/[\s,]+/).filter(Boolean);
      const paths = own.map((path) => (path.startsWith('/') ? path : `/root/.ssh/${path}`));
      return paths.length > 0 ? paths : standardKeys;
    }
    case 'none':
      return [];
    default:
      return tooling satisfies never;
  }
}

/** The key that `ssh` and `scp` must be told to log in as the capture does; undefined where it takes root's own keys. */
export function loginKey(settings: KdumpSettings): string | undefined {
  const keys = sshKeys(settings);
  return keys === standardKeys ? undefined : keys[0];
}

/** What root's ssh_config makes of the name of a host; undefined when it leaves it as it is. */
export function aliasOf(facts: Facts, host: string): string | undefined {
  let isMeant = true;
  for (const line of textLines(textOf(facts, '/root/.ssh/config') ?? '')) {
    const [, keyword = '', value = ''] = /^\s*(\w+)(?:\s*=\s*|\s+)"?([^"#]*)/.exec(line) ?? [];
    const words = value.trim().split(/\s+/);
    if (/^host$/i.test(keyword)) isMeant = matchesPatterns(words, host);
    // What a Match block is about may need a command to be run.
    else if (/^match$/i.test(keyword)) isMeant = false;
    else if (/^hostname$/i.test(keyword) && isMeant)
      return words[0] === host || words[0] === '%h' ? undefined : words[0];
  }
  return undefined;
}

import { shellWord } from '../../std/shell-word.ts';
import type { KdumpReport } from '../report/report.ts';

const verify = 'sonae check-kdump rehearse --verify';
const copyPlace = '/var/tmp/rehearsed';

/** The commands after which `rehearse --verify` can look at the dump, for the target that it went to; `key` is what ssh must be told to log in. */
export function verifyCommands(
  { kind, where = '', path }: KdumpReport['target'],
  key: string | undefined,
): readonly string[] {
  switch (kind) {
    case 'ssh': {
      const [, user = where, port] = /^(.*[^:]):(\d+)$/.exec(where.replace(/:\*\*\*@/, '@')) ?? [];
      const from = shellWord(`${user}:${path.replace(/\/$/, '')}/`);
      return [
        `scp ${key === undefined ? '' : `-i ${shellWord(key)} `}${port === undefined ? '' : `-P ${port} `}-pr ${from}FOLDER ${copyPlace}`,
        `${verify} --dump-folder ${copyPlace}`,
      ];
    }
    case 'nfs':
    case 'cifs':
      return [`mount -t ${kind} -o ro ${shellWord(where)} /mnt`, verify];
    case 'ftp':
    case 'custom':
      return [
        `bring the folder of the dump back as ${copyPlace}`,
        `${verify} --dump-folder ${copyPlace}`,
      ];
    default:
      return [verify];
  }
}

/** Where a dump goes, in one word as people write it: `/var/crash`, `nas:/export/crash`, `user@host:/srv/crash`. */
export function placeOfDumps({ kind, where, path }: KdumpReport['target']): string {
  if (where === undefined) return path;
  const below = path === '/' ? '' : path;
  return kind === 'ssh' || kind === 'ftp' ? `${where}:${path}` : `${where}${below}`;
}

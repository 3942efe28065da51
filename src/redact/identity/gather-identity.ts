import type { System } from '../../model/system.ts';
import { type IdentityFacts, identitySources, mergeFacts } from './identity-facts.ts';

// What the files of `identitySources` are on a machine.
const paths = [
  '/etc/hostname',
  '/etc/HOSTNAME',
  '/etc/mailname',
  '/proc/sys/kernel/hostname',
  '/etc/hosts',
  '/etc/resolv.conf',
  '/etc/passwd',
  '/etc/machine-id',
  '/sys/block/*/serial',
  '/sys/block/*/device/serial',
  '/sys/class/nvme/*/serial',
  '/sys/class/dmi/id/product_serial',
  '/sys/class/dmi/id/board_serial',
  '/sys/class/dmi/id/chassis_serial',
  '/sys/class/dmi/id/product_uuid',
];

// Whoever has a home or a crontab here, known to the machine by LDAP or not at all.
const userFolders = ['/home', '/var/spool/cron', '/var/spool/cron/crontabs'];
const notUsers = new Set(['lost+found', 'crontabs', 'tabs', 'atjobs', 'atspool']);

/** Asks a machine, or an image of one, for the names by which it and its people are known. */
export async function gatherIdentity(
  system: System,
  keywords: readonly string[],
): Promise<IdentityFacts> {
  const found: Partial<IdentityFacts>[] = [{ keywords }];
  for (const folder of userFolders) {
    const names = await system.list(folder);
    if (names.state === 'known')
      found.push({ users: names.names.filter((name) => !notUsers.has(name)) });
  }
  const { entries } = await system.find(paths, { limit: 2000 });
  for (const { path } of entries) {
    const file = await system.readFile(path, { limitBytes: 4 * 1024 * 1024 });
    if (file.state !== 'known') continue;
    const text = file.bytes.toString('utf8');
    for (const source of identitySources) if (source.path.test(path)) found.push(source.read(text));
  }
  return mergeFacts(found);
}

import { describe, expect, it } from 'vitest';
import { judgeBinary } from '../../src/redact/binary-evidence.ts';

const check = (path: string, head: Buffer | string, action: string, kind?: string) => {
  const decision = judgeBinary(path, Buffer.from(head as string, 'latin1'));
  expect(decision.action).toBe(action);
  if (kind !== undefined) expect(decision).toMatchObject({ kind });
};

describe('binary evidence', () => {
  it.each([
    ['var/log/syslog', 'Nov 23 10:00:00 h app: ok\n', 'mask'],
    ['var/log/syslog', 'caf\xc3\xa9 \x1b[0m colour\n', 'mask'],
    ['proc/1/environ', 'A=b\0C=d\0', 'mask'],
    ['empty', '', 'mask'],
    ['var/log/journal/x/system.journal', 'LPKSHHRH\0\0\0\0', 'convert'],
    ['var/log/syslog.2.gz', '\x1f\x8b\x08\0\0', 'convert'],
    ['var/log/sysstat/sa23', '\x96\xd5\x75\x21\0', 'keep'],
    ['var/log/btmp', '\x06\0\0\0\0\0', 'drop'],
    ['var/log/btmp.1', '', 'mask'],
    ['var/log/wtmp-20261101', '\x06\0\0\0\0\0', 'keep'],
    ['var/log/lastlog', '\0\0\0\0\0\0\0\0', 'keep'],
    // The output of a command has the same name.
    ['sos_commands/login/lastlog', 'Username  Port  From\nroot  pts/0\n', 'mask'],
    ['sys/bus/pci/devices/0000:00:01.0/config', '\x86\x80\0\0\x07\0\x10\0', 'keep'],
    ['sys/firmware/acpi/tables/DSDT', 'DSDT\0\0\0\x03\0\0\0', 'keep'],
    ['etc/apt/trusted.gpg', '\x99\x01\x0d\x04\0\0', 'keep'],
    ['root/secring.gpg', '\x95\x03\xc6\x04\0\0', 'drop'],
    ['usr/share/zoneinfo/Etc/UTC', 'TZif2\0\0\0\0', 'keep'],
    ['sys/firmware/acpi/tables/MSDM', 'MSDM\0\0\0\x03\0\0\0', 'drop'],
    ['etc/list', 'one\0second\0third word\0', 'mask'],
    ['var/log/app.log.3.bz2', 'BZh91AY', 'convert'],
    ['var/lib/rpm/Packages', `${'\0'.repeat(12)}\x61\x15\x06\0`, 'drop'],
    ['backup.tar', `name${'\0'.repeat(253)}ustar`, 'drop'],
    ['utf16-without-mark', 'p\0a\0s\0s\0w\0', 'drop'],
    ['var/tmp/acme.map', '{\n "format": "sonae-alias-map",\n', 'drop'],
    ['var/lib/x.db', 'SQLite format 3\0', 'drop'],
    ['etc/krb5.keytab', '\x05\x02\0\0', 'drop'],
    ['core.1', '\x7fELF\x02', 'drop'],
    ['x.bin', '\x01\x02\x03\x04\x05\x06\0\0\0\0', 'drop'],
    ['win.txt', '\xff\xfep\0a\0s\0s\0', 'convert'],
  ])('%s', (path, head, action) => check(path, head, action));

  it('gives a reason or a way for everything that is not text', () => {
    const decision = judgeBinary('x', Buffer.from([0, 1, 2, 0, 0, 0]));
    expect(decision).toMatchObject({ action: 'drop', reason: expect.stringMatching(/\w+/) });
  });
});

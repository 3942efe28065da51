import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseInitrd } from '../../src/kdump/initrd/parse-initrd.ts';
import { parseCertificate, parseRecord } from '../../src/kdump/machine/rehearsal-documents.ts';
import {
  parseGrubCfg,
  parseGrubenv,
  parseLoaderEntry,
  parseZiplConf,
} from '../../src/kdump/parse/boot-entries.ts';

import { parseKdumpConf } from '../../src/kdump/parse/kdump-conf.ts';
import {
  parseIomem,
  parseListRoom,
  parseMeminfo,
  parseMountinfo,
} from '../../src/kdump/parse/proc.ts';
import { parseShellVariables } from '../../src/kdump/parse/text.ts';
import { parseWtmp } from '../../src/kdump/parse/wtmp.ts';

const parsers: readonly ((text: string) => unknown)[] = [
  parseKdumpConf,
  parseShellVariables,
  parseIomem,
  parseMeminfo,
  parseMountinfo,
  parseListRoom,
  (text) => parseGrubCfg(text, 'grub.cfg'),
  (text) => parseZiplConf(text, 'zipl.conf'),
  parseGrubenv,
  (text) => parseLoaderEntry(text, 'a.conf', new Map()),
  parseCertificate,
  parseRecord,
  (text) => parseInitrd(Buffer.from(text, 'latin1')),
  (text) => parseInitrd(gzipSync(Buffer.from(`070701${text}`))),
  (text) => parseWtmp(Buffer.from(text)),
];

describe('parsers', () => {
  it('never throw, whatever the configuration holds', () => {
    const word = fc.constantFrom(
      'path',
      'nfs',
      'USE_KDUMP=',
      '"',
      "'",
      '$A',
      '\\\n',
      '\r\n',
      '\0',
      '070701',
      'linux',
      ' - ',
      '{',
      '#',
      ' : System RAM',
      '00000000-ffffffff',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(word, fc.string())), (parts) => {
        for (const parse of parsers) parse(parts.join(''));
      }),
      { numRuns: 500 },
    );
  });

  it('names what makes kdumpctl refuse', () => {
    const { errors } = parseKdumpConf(
      'path /var/crash\npath /x\nnet a\nbogus 1\nfailure_action dance\nnfs a:/b\nssh c@d\n',
    );
    expect(errors.map(({ line }) => line)).toEqual([2, 3, 4, 5, 7]);
  });

  it('says that an initrd is cut short', () => {
    const header = (name: string, size: number) =>
      `070701${'0'.repeat(8)}000081a4${'0'.repeat(32)}${size.toString(16).padStart(8, '0')}${'0'.repeat(32)}${(name.length + 1).toString(16).padStart(8, '0')}${'0'.repeat(8)}${name}\0`;
    const cut = parseInitrd(Buffer.from(`${header('a', 100)}xxxx`));
    expect(cut.problem).toContain('cut short');
  });
});

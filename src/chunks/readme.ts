import { printable } from '../std/printable.ts';
import { formatSize } from '../std/units.ts';
import { type ChunkSet, setFiles } from './chunk-set.ts';

/** The text of `README.txt`: how to restore with standard tools, in English and Japanese. */
export function renderReadme(set: ChunkSet): string {
  const { original, chunks } = set;
  const first = chunks[0]?.name ?? '';
  const { read, readOne, needs, join } = restoring(set, first);
  const isFlattened = original.dump?.format === 'flattened';
  const commands = [
    `    sha256sum -c --ignore-missing ${setFiles.sums}`,
    `    ${read} | zstd -d > ${original.name}`,
    `    sha256sum -c --ignore-missing ${setFiles.sums}`,
  ].join('\n');
  return `${[
    `${original.name}`,
    '',
    ...facts(set),
    '',
    `How to restore (needs sha256sum, ${needs} and zstd)`,
    '----------------------------------------------',
    'Put all files into one folder, then:',
    '',
    commands,
    '',
    `The first command checks the parts: it must say OK ${chunks.length} times, else parts are missing.`,
    `The last one checks the restored file. A part can be decompressed alone: ${readOne}`,
    ...(isFlattened ? [flattenedHint.english] : []),
    `With sonae: "sonae verify ." names damaged or missing parts${join === undefined ? '' : `, "${join}" restores`}.`,
    ...secrecy(set).english,
    '',
    `復元方法 (sha256sum、${needs}、zstd が必要です)`,
    '------------------------------------------',
    'すべてのファイルを一つのフォルダーに置いて、次のコマンドを実行してください。',
    '',
    commands,
    '',
    `最初のコマンドで分割ファイルを検査します。OK が ${chunks.length} 個表示されなければ、不足しているファイルがあります。`,
    '最後のコマンドで復元したファイルを検査します。',
    `分割ファイルは一つずつ展開することもできます: ${readOne}`,
    ...(isFlattened ? [flattenedHint.japanese] : []),
    `sonae がある場合: 「sonae verify .」で破損・不足しているファイルを表示${join === undefined ? 'します' : `し、「${join}」で復元します`}。`,
    ...secrecy(set).japanese,
  ].join('\n')}\n`;
}

// The commands that give the frames of all parts and of one, what they need, and what sonae itself can do.
function restoring({ encryption }: ChunkSet, first: string) {
  const pattern = first.replace(/\.zst\.\d+/, '.zst.*');
  if (encryption === undefined) {
    const readOne = `zstd -d -c ${first}`;
    return { read: `cat ${pattern}`, readOne, needs: 'cat', join: 'sonae join .' };
  }
  const decrypting = (decrypt: string) => ({
    read: `for f in ${pattern}; do ${decrypt} "$f"; done`,
    readOne: `${decrypt} ${first} | zstd -d`,
  });
  if (encryption.format === 'openpgp')
    return { ...decrypting('gpg -d'), needs: 'gpg', join: undefined };
  return encryption.receivers.includes('passphrase')
    ? { ...decrypting('age -d'), needs: 'age', join: 'sonae join . --passphrase-file FILE' }
    : { ...decrypting('age -d -i KEYFILE'), needs: 'age', join: 'sonae join . --identity KEYFILE' };
}

function secrecy({ encryption }: ChunkSet) {
  if (encryption === undefined) {
    return {
      english: [
        'The parts are not encrypted. A dump holds what was in memory, passwords and keys too.',
      ],
      japanese: [
        '分割ファイルは暗号化されていません。ダンプにはメモリーの内容 (パスワードや鍵を含む) が入っています。',
      ],
    };
  }
  const receivers = printable(encryption.receivers.join(', '));
  const isAsked = receivers === 'passphrase';
  return {
    english: [
      `The parts are encrypted (${encryption.format}) to ${receivers}. Restored, they hold what was in memory.`,
      ...(isAsked ? ['age asks for the passphrase at each part; "sonae join" takes a file.'] : []),
    ],
    japanese: [
      `分割ファイルは暗号化されています (${encryption.format}、宛先: ${receivers})。復元したファイルにはメモリーの内容が入っています。`,
      ...(isAsked ? ['age は分割ファイルごとにパスフレーズを尋ねます。'] : []),
    ],
  };
}

// Who has never met a flattened dump takes it for a damaged one.
const flattenedHint = {
  english:
    'The dump is in the flattened form: crash reads it as it is, other tools after\n    makedumpfile -R NEW < DUMP',
  japanese:
    'このダンプはフラット形式です。crash はそのまま読めます。ほかのツールでは先に変換してください:\n    makedumpfile -R NEW < DUMP',
};

function facts({ original, chunks, ...set }: ChunkSet): string[] {
  const packed = chunks.reduce((sum, { bytes }) => sum + bytes, 0);
  const { dump, filter, unreadable } = original;
  return [
    `Original:  ${printable(original.sourceName)}, ${original.bytes} bytes (${formatSize(original.bytes)})`,
    `SHA-256:   ${original.sha256}`,
    ...(dump === undefined ? [] : [`Dump:      ${describeDump(dump)}`]),
    ...(filter === undefined ? [] : [`Filtered:  ${printable(filter.command.join(' '))}`]),
    ...(unreadable === undefined
      ? []
      : [`DAMAGED:   ${unreadable.length} ranges could not be read and hold zeros (see manifest)`]),
    `Parts:     ${chunks.length}, together ${packed} bytes (${formatSize(packed)})`,
    ...(set.case === undefined ? [] : [`Case:      ${set.case}`]),
    ...(set.owner === undefined ? [] : [`Owner:     ${printable(set.owner)}`]),
    `Host:      ${printable(set.host)}`,
    `Made:      ${set.createdAt} by ${printable(set.writer)}, set ${set.setId}`,
  ];
}

function describeDump(dump: NonNullable<ChunkSet['original']['dump']>): string {
  const level = dump.level === undefined ? '' : `, dump level ${dump.level}`;
  return printable(`${dump.format}${level}, ${dump.completeness}`);
}

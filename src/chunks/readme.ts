import { printable } from '../std/printable.ts';
import { formatSize } from '../std/units.ts';
import { type ChunkSet, setFiles } from './chunk-set.ts';

/** The text of `README.txt`: how to restore with standard tools, in English and Japanese. */
export function renderReadme(set: ChunkSet): string {
  const { original, chunks } = set;
  const first = chunks[0]?.name ?? '';
  const pattern = `${first.slice(0, first.lastIndexOf('.'))}.*`;
  const isFlattened = original.dump?.format === 'flattened';
  const commands = [
    `    sha256sum -c --ignore-missing ${setFiles.sums}`,
    `    cat ${pattern} | zstd -d > ${original.name}`,
    `    sha256sum -c --ignore-missing ${setFiles.sums}`,
  ].join('\n');
  return `${[
    `${original.name}`,
    '',
    ...facts(set),
    '',
    'How to restore (needs sha256sum, cat and zstd)',
    '----------------------------------------------',
    'Put all files into one folder, then:',
    '',
    commands,
    '',
    `The first command checks the parts: it must say OK ${chunks.length} times, else parts are missing.`,
    `The last one checks the restored file. A part can be decompressed alone: zstd -d -c ${first}`,
    ...(isFlattened ? [flattenedHint.english] : []),
    'With sonae: "sonae verify ." names damaged or missing parts, "sonae join ." restores.',
    'The parts are not encrypted. A dump holds what was in memory, passwords and keys too.',
    '',
    '復元方法 (sha256sum、cat、zstd が必要です)',
    '------------------------------------------',
    'すべてのファイルを一つのフォルダーに置いて、次のコマンドを実行してください。',
    '',
    commands,
    '',
    `最初のコマンドで分割ファイルを検査します。OK が ${chunks.length} 個表示されなければ、不足しているファイルがあります。`,
    '最後のコマンドで復元したファイルを検査します。',
    `分割ファイルは一つずつ展開することもできます: zstd -d -c ${first}`,
    ...(isFlattened ? [flattenedHint.japanese] : []),
    'sonae がある場合: 「sonae verify .」で破損・不足しているファイルを表示し、「sonae join .」で復元します。',
    '分割ファイルは暗号化されていません。ダンプにはメモリーの内容 (パスワードや鍵を含む) が入っています。',
  ].join('\n')}\n`;
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

// npm run bench:redact -- [--mib N] [--runs N]
//
// How fast the redaction of secrets is on log text, on one core, with all rules: MB/s, and the ratio to one pass of
// GNU sed with ten of the usual substitutions, run alternately; and MB per second of CPU, which a busy machine does
// not change; the same for names and addresses. Then one line of 1 GiB and 1 GiB of log, with memory. Then the corpora: what is masked, and what wrongly.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { aliasMap } from '../src/redact/identity/alias-map.ts';
import { mergeFacts } from '../src/redact/identity/identity-facts.ts';
import { identityRedactor } from '../src/redact/identity/identity-redactor.ts';
import { keyAnchors, shippedRules } from '../src/redact/rule-set.ts';
import { noRedactor, secretRedactor } from '../src/redact/secret-redactor.ts';
import { findLeaks, openLeakScan } from '../src/redact/verify-scan.ts';
import { serviceLog } from '../test/builders/service-log.ts';
import { innocentLines, plantedCases, withoutMarks } from '../test/redact/corpus-cases.ts';

const { values } = parseArgs({
  options: { mib: { type: 'string', default: '128' }, runs: { type: 'string', default: '5' } },
});

const sedScript = [
  's/(password|passwd|secret|token|api_key)(["\' ]*[=:]["\' ]*)[^ "\',;&]+/\\1\\2********/Ig',
  's#(://[^/:@ ]*):[^@/ ]*@#\\1:********@#g',
  's/(--password[= ])[^ ]+/\\1********/g',
  's/(Authorization: (Basic|Bearer) )[^ "]+/\\1********/Ig',
  's/\\$(1|5|6|y)\\$[^: ]+/********/g',
  's/ghp_[A-Za-z0-9]{30,}/********/g',
  's/AKIA[A-Z0-9]{16}/********/g',
  's/eyJ[A-Za-z0-9_-]+\\.[A-Za-z0-9_.-]+/********/g',
  's/(psk=)[^ ]+/\\1********/g',
  's/(-u [^: ]+):[^ ]+/\\1:********/g',
].join('\n');

const seconds = (work: () => void) => {
  const start = performance.now();
  work();
  return (performance.now() - start) / 1000;
};
const median = (numbers: readonly number[]) =>
  [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? 0;
const print = (text: string) => process.stdout.write(`${text}\n`);

function mask(text: Buffer, chunk = 1024 * 1024): number {
  const stream = secretRedactor().open({ id: 'bench', path: 'var/log/messages' });
  let bytes = 0;
  for (let at = 0; at < text.length; at += chunk)
    bytes += stream.write(text.subarray(at, at + chunk)).length;
  return bytes + stream.end().length;
}

const work = mkdtempSync(join(tmpdir(), 'sonae-bench-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));
const text = serviceLog(Number(values.mib) * 1024 * 1024);
const file = join(work, 'log');
writeFileSync(file, text);
writeFileSync(join(work, 'script'), sedScript);
const ours: number[] = [];
const peer: number[] = [];
mask(text.subarray(0, 16 * 1024 * 1024));
for (let run = 0; run < Number(values.runs); run += 1) {
  ours.push(seconds(() => mask(text)));
  peer.push(
    seconds(() =>
      spawnSync('sed', ['-E', '-f', join(work, 'script'), file], {
        stdio: 'ignore',
        env: { LC_ALL: 'C' },
      }),
    ),
  );
}
const rate = (times: readonly number[]) => (text.length / 1e6 / median(times)).toFixed(0);
print(`log text, ${values.mib} MiB, ${values.runs} runs, medians:`);
print(`  sonae, all rules        ${rate(ours)} MB/s`);
print(
  `  sed -E, ten expressions ${rate(peer)} MB/s; time ours / theirs ${(median(ours) / median(peer)).toFixed(3)}`,
);

const cpuSeconds = () => process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6;
const cpuBefore = cpuSeconds();
mask(text);
print(
  `  sonae, CPU              ${(text.length / 1e6 / (cpuSeconds() - cpuBefore)).toFixed(0)} MB per second of CPU`,
);

// Of names and addresses: an address in two lines of seven, the name of the host in each.
const site = { hosts: ['host-1.corp.example.net', 'host-2', 'host-3'], users: ['deploy', 'bob'] };
const identities = seconds(() => {
  const stream = identityRedactor(noRedactor(), aliasMap(), mergeFacts([site])).open({
    id: 'bench',
    path: 'var/log/messages',
  });
  for (let at = 0; at < text.length; at += 65_536) stream.write(text.subarray(at, at + 65_536));
  stream.end();
});
print(`  names and addresses     ${(text.length / 1e6 / identities).toFixed(0)} MB/s (on demand)`);

// Through one stream, as it comes from a file, while memory is looked at.
function flow(what: string, chunk: Buffer): void {
  const before = process.memoryUsage().rss;
  const stream = secretRedactor().open({ id: 'bench', path: 'var/log/messages' });
  let most = 0;
  const total = 1024 ** 3;
  const time = seconds(() => {
    for (let done = 0; done < total; done += chunk.length) {
      stream.write(chunk);
      most = Math.max(most, process.memoryUsage.rss());
    }
    stream.end();
  });
  const grown = ((most - before) / 1048576).toFixed(0);
  print(`${what}: ${(total / 1e6 / time).toFixed(0)} MB/s, resident memory grew by ${grown} MiB`);
}
flow(
  'one line of 1 GiB',
  Buffer.from('lorem ipsum dolor sit amet, 0123456789abcdef; '.repeat(20_000)),
);
flow('1 GiB of log', text.subarray(0, 1024 * 1024));

// Lines made to be slow: each word of the rules, repeated with what often stands behind it.
const repeated = [
  ...keyAnchors,
  ...shippedRules.flatMap((rule) => ('anchors' in rule ? rule.anchors : [])),
];
const slowest = { masking: { ms: 0, text: '' }, verifying: { ms: 0, text: '' } };
for (const word of new Set(repeated)) {
  for (const behind of ['', ' ', '=', ': ', '"', 'a ', '\\"']) {
    const unit = word + behind;
    const line = unit.repeat(Math.ceil(32_768 / unit.length));
    for (const [what, work] of [
      ['masking', () => void maskText(line, 'x')],
      ['verifying', () => void findLeaks(line)],
    ] as const) {
      const ms = seconds(work) * 1000;
      if (ms > slowest[what].ms) slowest[what] = { ms, text: unit };
    }
  }
}
for (const [what, { ms, text: unit }] of Object.entries(slowest))
  print(`slowest line of 32 KiB, ${what}: ${ms.toFixed(0)} ms (${JSON.stringify(unit)} repeated)`);

function maskText(plain: string, path: string): string {
  const stream = secretRedactor().open({ id: 'bench', path });
  return Buffer.concat([stream.write(Buffer.from(plain)), stream.end()]).toString();
}

const cases = plantedCases();
let planted = 0;
let masked = 0;
let lines = 0;
let seen = 0;
for (const { path, text: marked } of cases) {
  const plain = withoutMarks(marked);
  const output = maskText(plain, path);
  const secrets = [...marked.matchAll(/«([^»]+)»/g)].map(([, secret = '']) => secret);
  planted += secrets.length;
  // How often the value stands in the text without being the secret: it may do so once more, not less.
  const count = (where: string, what: string) => where.split(what).length - 1;
  masked += secrets.filter((secret) => count(output, secret) < count(plain, secret)).length;
  const found = new Set<number>();
  const scan = openLeakScan(path, ({ line }) => found.add(line));
  scan.write(Buffer.from(plain));
  scan.end();
  const withSecret = marked
    .split('\n')
    .flatMap((line, index) => (/«[^»]+»/.test(line) ? [index + 1] : []));
  lines += withSecret.length;
  seen += withSecret.filter((line) => found.has(line)).length;
}
const innocent = innocentLines();
const after = maskText(innocent.join('\n'), 'evidence.txt').split('\n');
const wrong = innocent.filter((line, index) => line !== after[index]).length;
print(`corpus: ${masked} of ${planted} planted secrets of ${cases.length} kinds masked`);
print(`        ${wrong} of ${innocent.length} innocent lines masked`);
print(
  `        the verification sees ${seen} of ${lines} lines with secrets when nothing is masked`,
);

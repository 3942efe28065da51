// The reader: a child that may hang on a dead NFS server, a FUSE daemon or a broken disk so that sonae does not.
// Nothing but synchronous calls: it has no event loop to keep alive, and its parent kills it at a deadline.
import { readSync, writeSync } from 'node:fs';
import { perform } from './perform.ts';
import { type Answer, encodeAnswer, type Request } from './protocol.ts';

const root = process.argv[2] ?? '/';

send({ type: 'ready' });
for (const line of linesOfStdin()) {
  perform(root, JSON.parse(line) as Request, send);
}

function* linesOfStdin(): Generator<string> {
  const buffer = Buffer.allocUnsafe(64 * 1024);
  let pending = '';
  for (;;) {
    const length = readSync(0, buffer, 0, buffer.length, null);
    if (length === 0) return;
    pending += buffer.toString('utf8', 0, length);
    for (let end = pending.indexOf('\n'); end >= 0; end = pending.indexOf('\n')) {
      yield pending.slice(0, end);
      pending = pending.slice(end + 1);
    }
  }
}

function send(answer: Answer): void {
  for (const part of encodeAnswer(answer)) {
    for (let at = 0; at < part.length; ) at += writeSync(1, part, at);
  }
}

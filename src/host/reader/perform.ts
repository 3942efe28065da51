import type { FoundEntry } from '../../model/system.ts';
import { listFolder, readRegularFile, spaceOf, statPath } from './file-operations.ts';
import { findEntries } from './find-entries.ts';
import type { Answer, Request } from './protocol.ts';

const entriesAtATime = 200;

/** Does one request, synchronously: in the reader process, or in our own when no process can be started. */
export function perform(root: string, request: Request, answer: (answer: Answer) => void): void {
  switch (request.op) {
    case 'stat':
      answer({ type: 'end', result: statPath(root, request.path, request.follow) });
      break;
    case 'list':
      answer({ type: 'end', result: listFolder(root, request.path, request.limit) });
      break;
    case 'space':
      answer({ type: 'end', result: spaceOf(root, request.path) });
      break;
    case 'read':
      answer({
        type: 'end',
        result: readRegularFile(root, request.path, request, (bytes) =>
          answer({ type: 'bytes', bytes }),
        ),
      });
      break;
    case 'find':
      find(root, request, answer);
      break;
    default:
      request satisfies never;
  }
}

function find(
  root: string,
  request: Extract<Request, { op: 'find' }>,
  answer: (answer: Answer) => void,
): void {
  let count = 0;
  let batch: FoundEntry[] = [];
  const flush = () => {
    if (batch.length > 0) answer({ type: 'entries', entries: batch });
    batch = [];
  };
  findEntries(root, request.globs, request, {
    onEntry(entry) {
      if (count >= request.limit) return false;
      count += 1;
      batch.push(entry);
      if (batch.length >= entriesAtATime) flush();
      return true;
    },
    onProblem(path, why, code) {
      answer({ type: 'problem', path, why, code });
    },
  });
  flush();
  answer({ type: 'end', result: { state: 'found', isFull: count >= request.limit } });
}

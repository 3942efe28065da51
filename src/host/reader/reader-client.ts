import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { sibling } from '../../std/sibling.ts';
import { type Answer, AnswerDecoder, type Request } from './protocol.ts';

/** How a request ended when it did not answer itself. */
export type ReaderFailure =
  | { readonly state: 'timed-out' }
  | { readonly state: 'not-started'; readonly why: string };

type Listener = (answer: Answer) => void | Promise<void>;

/** A line to a reader process: requests one after the other, each with a deadline. */
export interface ReaderClient {
  /**
   * Resolves with undefined when the answer is complete. Answers arrive in order, each awaited before the next. What is
   * asked is said when its turn comes; nothing any more is as good as no answer.
   */
  ask(
    inTurn: () => Request | undefined,
    timeoutMs: number,
    onAnswer: Listener,
  ): Promise<ReaderFailure | undefined>;
  /** Readers that hung and had to be given up. */
  readonly abandoned: number;
  close(): void;
}

/** How long a reader may take to come to life: without threads or memory a new Node can hang in its own start. */
const startMs = 5000;
/** After this many readers that did not come to life no further one is tried. */
const mostStartFailures = 2;

/** Opens a line; the process itself starts with the first request, and anew after one that hung. */
export function openReaderClient(root: string): ReaderClient {
  let current: ReaderChild | undefined;
  let abandoned = 0;
  let startFailures = 0;
  let queue: Promise<unknown> = Promise.resolve();

  const exchange: ReaderClient['ask'] = async (inTurn, timeoutMs, onAnswer) => {
    const request = inTurn();
    if (!request) return { state: 'timed-out' };
    if (startFailures >= mostStartFailures) return cannotStart;
    if (!current) {
      const child = new ReaderChild(root);
      const failure = await child.exchange(undefined, startMs, () => undefined);
      if (failure) {
        child.giveUp();
        startFailures += 1;
        return failure.state === 'timed-out' ? cannotStart : failure;
      }
      current = child;
    }
    const child = current;
    const failure = await child.exchange(request, timeoutMs, onAnswer);
    if (failure) {
      if (failure.state === 'timed-out') abandoned += 1;
      child.giveUp();
      // Closed meanwhile, there is none.
      if (current === child) current = undefined;
    }
    return failure;
  };

  return {
    ask(inTurn, timeoutMs, onAnswer) {
      const turn = queue.then(() => exchange(inTurn, timeoutMs, onAnswer));
      queue = turn.catch(() => undefined);
      return turn;
    },
    get abandoned() {
      return abandoned;
    },
    close() {
      current?.giveUp();
      current = undefined;
    },
  };
}

const cannotStart: ReaderFailure = {
  state: 'not-started',
  why: 'a new process does not come to life',
};

class ReaderChild {
  readonly #child: ChildProcess | undefined;
  readonly #decoder = new AnswerDecoder();
  #startError: string | undefined;
  #answers: Answer[] = [];
  #wake: (() => void) | undefined;
  #isGone = false;

  constructor(root: string) {
    const program = fileURLToPath(sibling(import.meta.url, 'reader-process'));
    try {
      this.#child = spawn(process.execPath, ['--max-semi-space-size=1', program, root], {
        stdio: ['pipe', 'pipe', 'ignore'],
        env: { MALLOC_ARENA_MAX: '1' },
        cwd: '/',
        detached: true, // Ctrl-C in the terminal is for us: the reader ends when we say so
      });
    } catch (error) {
      this.#startError = (error as NodeJS.ErrnoException).code ?? String(error);
      return;
    }
    this.#child.unref();
    this.#child.on('error', (error: NodeJS.ErrnoException) => {
      this.#startError = error.code ?? error.message;
      this.#wake?.();
    });
    this.#child.on('exit', () => {
      this.#isGone = true;
      this.#wake?.();
    });
    this.#child.stdin?.on('error', () => undefined); // the exit event tells
    this.#child.stdout?.on('data', (piece: Buffer) => {
      this.#answers.push(...this.#decoder.push(piece));
      this.#child?.stdout?.pause();
      this.#wake?.();
    });
  }

  /** Sends a request and hands on its answers; without a request, waits for the process to be ready. */
  async exchange(
    request: Request | undefined,
    timeoutMs: number,
    onAnswer: Listener,
  ): Promise<ReaderFailure | undefined> {
    // Not the clock of the machine, which can be set meanwhile.
    const deadline = performance.now() + timeoutMs;
    if (request) this.#child?.stdin?.write(`${JSON.stringify(request)}\n`);
    for (;;) {
      for (let answer = this.#answers.shift(); answer; answer = this.#answers.shift()) {
        await onAnswer(answer);
        if (answer.type === (request ? 'end' : 'ready')) return undefined;
      }
      if (this.#startError) return { state: 'not-started', why: this.#startError };
      if (this.#isGone) return { state: 'not-started', why: 'the reader process died' };
      this.#child?.stdout?.resume();
      if (!(await this.#news(deadline))) return { state: 'timed-out' };
    }
  }

  /** Kills the process and forgets it: in D state it stays until the kernel lets go, without holding us up. */
  giveUp(): void {
    const child = this.#child;
    if (!child) return;
    child.stdout?.destroy();
    child.stdin?.destroy();
    child.removeAllListeners();
    child.on('error', () => undefined);
    child.kill('SIGKILL');
  }

  // Waits for an answer or an end; false at the deadline.
  #news(deadline: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(
        () => {
          this.#wake = undefined;
          resolve(false);
        },
        Math.max(0, deadline - performance.now()),
      );
      this.#wake = () => {
        this.#wake = undefined;
        clearTimeout(timer);
        resolve(true);
      };
    });
  }
}

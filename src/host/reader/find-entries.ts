import { lstatSync, readdirSync } from 'node:fs';
import type { FoundEntry } from '../../model/system.ts';
import { coversPath, type Glob, type GlobPart, matchesPart, parseGlob } from '../../std/glob.ts';
import { bytesFromName, nameFromBytes } from '../../std/name-bytes.ts';
import { failure, fileStat, statPath } from './file-operations.ts';
import { resolveInRoot } from './resolve-in-root.ts';

/** Where a search reports to; `onEntry` returns false when enough was found. */
export interface FindSink {
  onEntry(entry: FoundEntry): boolean;
  onProblem(path: string, why: string, code: string): void;
}

const mostDepth = 40;
const tooDeep = [`below ${mostDepth} folders: what is in it was not looked at`, 'EDEPTH'] as const;

/**
 * Everything that matches some globs, depth first, names sorted, each path once. A matching folder stands for all
 * below it. Links are reported, not followed, so there are no loops; but a glob that ends in `/` enters the link that it
 * names (`/proc/net/`).
 */
export function findEntries(
  root: string,
  globs: readonly string[],
  options: { except: readonly string[]; isOneFileSystem: boolean; isShallow: boolean },
  sink: FindSink,
): void {
  const walk = new Walk(root, options, sink);
  for (const glob of globs) {
    if (walk.isFull) return;
    walk.search(parseGlob(glob));
  }
}

// A walk has state that every step touches: what was seen, and whether the sink is full.
class Walk {
  readonly #root: string;
  readonly #except: readonly Glob[];
  readonly #isOneFileSystem: boolean;
  readonly #isShallow: boolean;
  readonly #sink: FindSink;
  readonly #seen = new Set<string>();
  #entersLink = false;
  isFull = false;

  constructor(root: string, options: Parameters<typeof findEntries>[2], sink: FindSink) {
    this.#root = root;
    this.#except = options.except.map(parseGlob);
    this.#isOneFileSystem = options.isOneFileSystem;
    this.#isShallow = options.isShallow;
    this.#sink = sink;
  }

  search({ parts, entersLink }: Glob): void {
    this.#entersLink = entersLink;
    this.#match('', parts, 0);
  }

  #match(path: string, parts: readonly GlobPart[], partAt: number): void {
    const part = parts[partAt];
    if (this.isFull) return;
    if (part === undefined) {
      this.#take(path, undefined, 0);
    } else if (part.kind === 'literal') {
      this.#match(`${path}/${part.name}`, parts, partAt + 1);
    } else if (part.kind === 'pattern') {
      for (const name of this.#names(path)) {
        if (matchesPart(part, name)) this.#match(`${path}/${name}`, parts, partAt + 1);
      }
    } else {
      this.#matchAnyDepth(path, parts, partAt, 0);
    }
  }

  #matchAnyDepth(path: string, parts: readonly GlobPart[], partAt: number, depth: number): void {
    this.#match(path, parts, partAt + 1);
    if (depth >= mostDepth) {
      this.#sink.onProblem(path, ...tooDeep);
      return;
    }
    for (const name of this.#names(path)) {
      const below = `${path}/${name}`;
      if (this.isFull) return;
      if (this.#isFolder(below)) this.#matchAnyDepth(below, parts, partAt, depth + 1);
    }
  }

  #take(path: string, device: number | undefined, depth: number): void {
    if (this.isFull || this.#seen.has(path) || this.#isLeftOut(path)) return;
    this.#seen.add(path);
    const stat = this.#stat(path, depth === 0);
    if (!stat) return;
    this.isFull = !this.#sink.onEntry({ path, stat });
    const entered = stat.kind === 'folder' ? stat : this.#folderBehind(path, stat, depth);
    if (entered === undefined || this.#isShallow || this.isFull) return;
    if (depth >= mostDepth) {
      this.#sink.onProblem(path, ...tooDeep);
      return;
    }
    const start = device ?? entered.dev;
    if (this.#isOneFileSystem && entered.dev !== start) return;
    for (const name of this.#names(path)) this.#take(`${path}/${name}`, start, depth + 1);
  }

  // The start of a search may be a link (`/lib` on merged-usr systems) only as a folder above it, never itself.
  #stat(path: string, isStart: boolean) {
    try {
      const place = resolveInRoot(this.#root, path, false);
      return fileStat(lstatSync(place), place);
    } catch (error) {
      const problem = failure(error);
      // A literal that is not there is no problem of the search; what vanished while walking is none either.
      if (problem.state === 'unreadable' || !isStart) this.#report(path, problem);
      return undefined;
    }
  }

  // Of the link that a search starts at, when that is to be entered.
  #folderBehind(path: string, stat: FoundEntry['stat'], depth: number) {
    if (!this.#entersLink || stat.kind !== 'link' || depth > 0) return undefined;
    const target = statPath(this.#root, path, true);
    return target.state === 'known' && target.stat.kind === 'folder' ? target.stat : undefined;
  }

  #report(path: string, problem: ReturnType<typeof failure>): void {
    if (problem.state === 'unreadable') this.#sink.onProblem(path, problem.why, problem.code);
  }

  #isFolder(path: string): boolean {
    if (this.#isLeftOut(path)) return false;
    try {
      return lstatSync(resolveInRoot(this.#root, path, false)).isDirectory();
    } catch {
      return false; // vanished or unreadable: reported when its folder is listed
    }
  }

  #names(path: string): string[] {
    try {
      return readdirSync(resolveInRoot(this.#root, path || '/', true), { encoding: 'buffer' })
        .map((name) => nameFromBytes(name))
        .sort((a, b) => Buffer.compare(bytesFromName(a), bytesFromName(b)));
    } catch (error) {
      this.#report(path || '/', failure(error));
      return [];
    }
  }

  #isLeftOut(path: string): boolean {
    return this.#except.some((glob) => coversPath(glob, path));
  }
}

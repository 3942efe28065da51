import { randomFillSync } from 'node:crypto';
import { closeSync, openSync, readdirSync, readSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const blockBytes = 1024 * 1024;

/**
 * Writes a file that compresses like an unfiltered dump: 40 % zero pages, 30 % text and binaries of this machine, 15 %
 * pointer-like numbers, 15 % noise, in blocks of 1 MiB.
 */
export function makeMemoryLikeFile(path: string, bytes: number): void {
  const file = openSync(path, 'wx', 0o600);
  const files = realFiles('/usr');
  const block = Buffer.alloc(blockBytes);
  for (let written = 0, index = 0; written < bytes; index += 1) {
    fillBlock(block, index, files);
    written += writeSync(file, block, 0, Math.min(blockBytes, bytes - written));
  }
  closeSync(file);
}

function fillBlock(block: Buffer, index: number, files: Generator<string>): void {
  const kind = (index * 7) % 20;
  if (kind < 8) block.fill(0);
  else if (kind < 14) fillFromFiles(block, files);
  else if (kind < 17) fillPointers(block, index);
  else randomFillSync(block);
}

// Kernel addresses: a few common prefixes, low bits that vary.
function fillPointers(block: Buffer, index: number): void {
  const low = new Uint32Array(blockBytes / 8);
  randomFillSync(low);
  for (let at = 0; at < blockBytes; at += 8) {
    block.writeUInt32LE((((low[at / 8] ?? 0) & 0xfffff) << 6) >>> 0, at);
    block.writeUInt32LE(0xffff8880 + (((at >> 12) + index) % 3), at + 4);
  }
}

function fillFromFiles(block: Buffer, files: Generator<string>): void {
  let filled = 0;
  while (filled < block.length) {
    const { value, done } = files.next();
    if (done) throw new Error('not enough real files on this machine');
    const file = openSync(value, 'r');
    filled += readSync(file, block, filled, block.length - filled, 0);
    closeSync(file);
  }
}

// Over and over again, when the machine has less than is asked for.
function* realFiles(folder: string): Generator<string> {
  for (;;) yield* filesBelow(folder);
}

// Folder by folder: a list of all files of a large /usr takes gigabytes.
function* filesBelow(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    if (!entry.isFile()) continue;
    const { size } = statSync(path);
    if (size > 1000 && size < 50_000_000) yield path;
  }
}

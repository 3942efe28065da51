import { type Facts, textOf } from '../facts.ts';
import type { DumpTarget } from './read-target.ts';

/** Where the number and size of a raw target's device are told; empty where it is not named directly. */
export function rawDevicePaths({ kind, where = '' }: DumpTarget): readonly string[] {
  const name = kind === 'raw' ? /^\/dev\/([\w-]+)$/.exec(where)?.[1] : undefined;
  return name === undefined
    ? []
    : [`/sys/class/block/${name}/dev`, `/sys/class/block/${name}/size`];
}

/** Where udev keeps what it found on the device, once its number is known. */
export function rawRecordPaths(facts: Facts, target: DumpTarget): readonly string[] {
  const [numberPath = ''] = rawDevicePaths(target);
  const number = /^\d+:\d+$/.exec(textOf(facts, numberPath) ?? '')?.[0];
  return number === undefined ? [] : [`/run/udev/data/b${number}`];
}

/** What udev recorded of a raw device and how large it is; undefined where it is not told. */
export function rawDevice(
  facts: Facts,
  device: string,
): { readonly record: string | undefined; readonly bytes: number | undefined } {
  const target: DumpTarget = { kind: 'raw', where: device, path: '' };
  const [recordPath = ''] = rawRecordPaths(facts, target);
  const [, sizePath = ''] = rawDevicePaths(target);
  const sectors = Number(textOf(facts, sizePath) ?? Number.NaN);
  return {
    record: textOf(facts, recordPath),
    bytes: Number.isSafeInteger(sectors) ? sectors * 512 : undefined,
  };
}

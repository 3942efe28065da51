import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

// The table of docs/architecture.md: which room may import which.
const rooms: Record<string, readonly string[]> = {
  std: [],
  model: ['std'],
  host: ['std', 'model'],
  ui: ['std', 'model'],
  profile: ['std', 'model'],
  redact: ['std', 'model'],
  encrypt: ['std', 'model'],
  kdump: ['std', 'model'],
  chunks: ['std', 'model'],
  vmcore: ['std', 'model'],
  upload: ['std', 'model'],
  collect: ['std', 'model', 'profile', 'redact'],
  cli: [
    'std',
    'model',
    'host',
    'ui',
    'profile',
    'redact',
    'encrypt',
    'kdump',
    'chunks',
    'vmcore',
    'upload',
    'collect',
  ],
};

// The folders of the large rooms, from the ground up: none imports from one that stands later.
const floors: Record<string, readonly string[]> = {
  kdump: words('parse initrd pages configuration gather predict machine checks report rehearsal'),
  vmcore: words('crash format memory log symbols kernel stack page'),
};

// One home for each third-party package, so that replacing one touches one room.
const packageHomes: Record<string, readonly string[]> = {
  commander: ['cli'],
  chalk: ['ui'],
  ora: ['ui'],
  systeminformation: ['host'],
  tar: ['host', 'collect'],
  yaml: ['profile', 'redact', 'cli'],
};

// What touches the world lives behind `host`; pure computation from Node is free to all.
const worldModules = [
  'node:fs',
  'node:fs/promises',
  'node:child_process',
  'node:net',
  'node:http',
  'node:https',
  'node:dgram',
  'node:dns',
];
const worldHomes: Record<string, readonly string[]> = { host: worldModules };

interface Import {
  readonly file: string;
  readonly room: string;
  readonly specifier: string;
}

const src = fileURLToPath(new URL('../src/', import.meta.url));
const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.ts'),
);
const imports: Import[] = files.flatMap((file) =>
  [...readFileSync(src + file, 'utf8').matchAll(/(?:\sfrom\s+|\bimport\s*\(?\s*)'([^']+)'/g)].map(
    (match) => ({
      file,
      room: file.split('/')[0] ?? '',
      specifier: match[1] ?? '',
    }),
  ),
);

describe('architecture', () => {
  it('finds the sources it speaks of', () => {
    expect(files.length).toBeGreaterThan(20);
    expect(imports.length).toBeGreaterThan(20);
  });

  it('has only the rooms of the table', () => {
    expect(files.filter((file) => !((file.split('/')[0] ?? '') in rooms))).toEqual([]);
    expect(
      [...new Set(files.map((file) => file.split('/')[0] ?? ''))].filter((room) => !rooms[room]),
    ).toEqual([]);
  });

  it('lets each room import only what the table allows', () => {
    const wrong = imports
      .filter(({ specifier }) => specifier.startsWith('.'))
      .map((entry) => ({ ...entry, target: targetRoom(entry) }))
      .filter(({ room, target }) => target !== room && !rooms[room]?.includes(target))
      .map(({ file, target }) => `${file} imports from ${target}`);
    expect(wrong).toEqual([]);
  });

  it('lets no folder of a room import from one above it', () => {
    const wrong = Object.entries(floors).flatMap(([room, folders]) => {
      const floor = (file: string) =>
        file.startsWith(`${room}/`) ? folders.indexOf(file.split('/')[1] ?? '') : -1;
      const named = files.filter((file) => file.startsWith(`${room}/`) && file.split('/')[2]);
      const unknown = named.filter((file) => floor(file) < 0);
      const upward = named.flatMap((file) =>
        targetsOf(file)
          .filter((target) => floor(target) > floor(file))
          .map((target) => `${file} imports ${target}`),
      );
      return [...unknown, ...upward];
    });
    expect(wrong).toEqual([]);
  });

  it('has no files that need each other', () => {
    const needs = new Map(files.map((file) => [file, targetsOf(file)]));
    const circles = files.filter((file) => reachable(needs, file).has(file));
    expect(circles).toEqual([]);
  });

  it('keeps files, processes and the network behind host', () => {
    const wrong = imports
      .filter(({ specifier, room }) => worldModules.includes(specifier) && !worldHomes[room])
      .map(({ file, specifier }) => `${file} imports ${specifier}`);
    expect(wrong).toEqual([]);
  });

  it('gives each third-party package one home', () => {
    const wrong = imports
      .filter(({ specifier }) => !specifier.startsWith('.') && !specifier.startsWith('node:'))
      .filter(({ specifier, room }) => !packageHomes[packageName(specifier)]?.includes(room))
      .map(({ file, specifier }) => `${file} imports ${specifier}`);
    expect(wrong).toEqual([]);
  });

  it('has no barrels, no util rooms and no default exports', () => {
    expect(
      files.filter((file) => /(^|\/)(index|utils?|helpers?|misc|common)(\.ts|\/)/.test(file)),
    ).toEqual([]);
    expect(
      files.filter((file) => /^export default/m.test(readFileSync(src + file, 'utf8'))),
    ).toEqual([]);
  });

  it('ends the process in no other place than the launcher and the last resort of host', () => {
    const wrong = files.filter(
      (file) =>
        /process\.(exit|reallyExit|abort)\(/.test(readFileSync(src + file, 'utf8')) &&
        !file.startsWith('host/'),
    );
    expect(wrong).toEqual([]);
  });

  it('puts a sentence above every exported name', () => {
    const bare = files.flatMap((file) => {
      const lines = readFileSync(src + file, 'utf8').split('\n');
      return lines.flatMap((line, index) => {
        const name =
          /^export (?:async )?(?:abstract )?(?:function\*?|const|class|interface|type) (\w+)/.exec(
            line,
          );
        const above = lines[index - 1]?.trim() ?? '';
        return name &&
          !above.endsWith('*/') &&
          !above.startsWith('//') &&
          !isTypeOfConstAbove(lines, index)
          ? [`${file}:${index + 1} ${name[1]}`]
          : [];
      });
    });
    expect(bare).toEqual([]);
  });
});

function words(text: string): string[] {
  return text.split(' ');
}

function targetsOf(file: string): string[] {
  return imports
    .filter((entry) => entry.file === file && entry.specifier.startsWith('.'))
    .map(({ specifier }) => new URL(specifier, `file:///${file}`).pathname.slice(1));
}

function reachable(needs: ReadonlyMap<string, readonly string[]>, from: string): Set<string> {
  const seen = new Set<string>();
  const waiting = [...(needs.get(from) ?? [])];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    waiting.push(...(needs.get(next) ?? []));
  }
  return seen;
}

function targetRoom({ file, specifier }: Import): string {
  const url = new URL(specifier, `file:///${file}`);
  return url.pathname.split('/')[1] ?? '';
}

function packageName(specifier: string): string {
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? '');
}

// `export type X = (typeof xs)[number]` right below `export const xs`, whose sentence covers both.
function isTypeOfConstAbove(lines: readonly string[], index: number): boolean {
  return /^export type \w+ = \(typeof \w+\)/.test(lines[index] ?? '');
}

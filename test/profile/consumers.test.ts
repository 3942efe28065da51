import { describe, expect, it } from 'vitest';
import { commandFileName } from '../../src/collect/bundle-layout.ts';
import { coversPath, parseGlob } from '../../src/std/glob.ts';
import { shipped } from './shipped.ts';
import { viewerCommands, viewerFiles } from './viewer-paths.ts';

const items = shipped('default').items;
const commands = new Set(
  items.flatMap(({ take, plugin, name }) =>
    take.kind === 'run' ? [`${plugin}/${name ?? commandFileName(take.argv)}`] : [],
  ),
);

describe('the default profile', () => {
  it.each(Object.entries(viewerCommands))(
    'gives %s the commands it reads, under their names',
    (_reader, names) => {
      const missing = names.filter((name) => !commands.has(name));
      expect(missing).toEqual([]);
    },
  );

  it('gives the files that analysers read', () => {
    const isTaken = (path: string) =>
      items.some(
        ({ take }) =>
          take.kind === 'read' &&
          take.paths.some((glob) => coversPath(parseGlob(glob), path)) &&
          !take.except.some((glob) => coversPath(parseGlob(glob), path)),
      );
    expect(viewerFiles.filter((path) => !isTaken(path))).toEqual([]);
  });

  it.each(['ethtool', 'ethtool_-i', 'ethtool_-S', 'ethtool_-k', 'ethtool_-g'])(
    'gives %s of each interface',
    (name) => {
      const each = items.filter(
        ({ each: kind, plugin }) => kind === 'interface' && plugin === 'networking',
      );
      const names = each.map(({ take }) =>
        take.kind === 'run' ? commandFileName(take.argv.slice(0, -1)) : '',
      );
      expect(names).toContain(name);
    },
  );
});

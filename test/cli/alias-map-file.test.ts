import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openAliasMapFile } from '../../src/cli/bundle/alias-map-file.ts';
import { openSystem } from '../../src/host/system.ts';
import type { Event, Reporter } from '../../src/model/event.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const recorder = () => {
  const events: Event[] = [];
  const reporter: Reporter = { emit: (event) => void events.push(event) };
  return { events, reporter };
};

describe('the file of aliases', () => {
  for (const when of ['new', 'known'] as const) {
    it(`loses the aliases of no bundle when two runs use it at once (${when})`, async () => {
      const folder = temporaryFolder('map');
      const path = join(folder, 'acme.map');
      const system = openSystem('/');
      try {
        const { events, reporter } = recorder();
        if (when === 'known')
          await (await openAliasMapFile(path, undefined, system)).save(reporter);
        const first = await openAliasMapFile(path, undefined, system);
        const second = await openAliasMapFile(path, undefined, system);
        first.map.alias('keyword', 'project fuji', () => 'keyword1');
        second.map.alias('keyword', 'project asama', () => 'keyword1');
        await first.save(reporter);
        expect(events).toEqual([]);
        await second.save(reporter);
        await second.save(reporter);
        expect(events).toMatchObject([
          { type: 'warning', hint: expect.stringMatching(/Keep both/) },
        ]);
        expect(readFileSync(path, 'utf8')).toContain('project fuji');
        const [other = ''] = readdirSync(folder).filter((name) => name !== 'acme.map');
        expect(other).toMatch(/^acme\.map\.[0-9a-f]{8}$/);
        expect(readFileSync(join(folder, other), 'utf8')).toContain('project asama');
      } finally {
        system.close();
      }
    });
  }
});

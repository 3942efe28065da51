import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { describeWith } from '../require-tool.ts';
import { runSonae, type SonaeRun } from '../run-sonae.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const settings = 'apiVersion: sonae/v1\nkind: Config\nowner: Acme Bank, Tokyo\n';

// What a person sees who gives the wrong thing: the code, and a sentence that says what it is.
function refused(run: SonaeRun, exitCode: number, sentence: RegExp): void {
  expect({ exitCode: run.exitCode, said: run.stdout + run.stderr }).toEqual({
    exitCode,
    said: expect.stringMatching(sentence),
  });
}

describeWith(['tar', 'zstd'], 'case and owner', () => {
  let work: string;
  let root: string;
  const path = (name: string) => join(work, name);
  const sonae = (...args: string[]) => runSonae(args, { cwd: work });
  const collect = async (name: string, ...flags: string[]) => {
    const run = await sonae(
      'collect',
      '--profile',
      'minimal',
      '--root',
      root,
      '--output',
      path(name),
      ...flags,
    );
    expect(run.exitCode).toBe(0);
    return path(name);
  };
  const split = async (name: string, text: string, ...flags: string[]) => {
    mkdirSync(path(name), { recursive: true });
    writeFileSync(path('vmcore'), text);
    const run = await sonae('split', 'vmcore', '--output', name, ...flags);
    expect(run.exitCode).toBe(0);
    return path(name);
  };
  const manifestOf = (bundle: string) =>
    JSON.parse(
      execFileSync(
        'sh',
        ['-c', 'tar --zstd -xOf "$0" --wildcards "*/sonae/manifest.json"', bundle],
        {
          encoding: 'utf8',
        },
      ),
    );

  beforeAll(() => {
    work = temporaryFolder('ownership');
    root = temporaryFolder('ownership-root');
    mkdirSync(join(root, 'etc'));
    writeFileSync(join(root, 'etc/hostname'), 'web01\n');
    writeFileSync(join(work, 'config.yaml'), settings);
  });

  it('stand in every manifest and README, from the option or from the settings', async () => {
    const bundle = await collect('a.tar.zst', '--case', '0042', '--config', path('config.yaml'));
    expect(manifestOf(bundle)).toMatchObject({ case: '0042', owner: 'Acme Bank, Tokyo' });
    const readme = execFileSync(
      'sh',
      ['-c', 'tar --zstd -xOf "$0" --wildcards "*/sonae/README.txt"', bundle],
      { encoding: 'utf8' },
    );
    expect(readme).toContain('  owner      Acme Bank, Tokyo\n');
    const verified = await sonae('verify', bundle);
    expect(verified.stdout).toContain('for case 0042, owner Acme Bank, Tokyo.');
    expect(JSON.parse((await sonae('verify', bundle, '--json')).stdout)).toMatchObject({
      case: '0042',
      owner: 'Acme Bank, Tokyo',
      problems: [],
    });

    const set = await split('a.chunks', 'hello', '--case', '0042', '--owner', 'Other Ltd');
    expect(JSON.parse(readFileSync(join(set, 'chunk-set.json'), 'utf8'))).toMatchObject({
      case: '0042',
      owner: 'Other Ltd',
    });
    expect(readFileSync(join(set, 'README.txt'), 'utf8')).toContain('Owner:     Other Ltd\n');
    refused(await sonae('split', 'vmcore', '--owner', '', '--output', 'none'), 2, /--owner/);
  });

  it('are asked for by who expects something: verify and join refuse the rest', async () => {
    const bundle = await collect('b.tar.zst', '--case', '0042', '--owner', 'Acme');
    const set = await split('b.chunks', 'hello', '--case', '0042', '--owner', 'Acme');
    for (const one of [bundle, set]) {
      expect((await sonae('verify', one, '--case', '0042', '--owner', 'Acme')).exitCode).toBe(0);
      refused(await sonae('verify', one, '--case', '0043'), 6, /is of case 0042, not of case 0043/);
      refused(await sonae('verify', one, '--owner', 'Evil'), 6, /is of owner Acme, not of owner/);
    }
    refused(await sonae('join', set, '--case', '0043'), 6, /is of case 0042, not of case 0043/);
    const joined = await sonae('join', set, '--case', '0042', '--output', 'joined');
    expect(joined.exitCode).toBe(0);
  });

  it('do not mix: several things of two cases or owners in one go', async () => {
    const mine = await collect('c.tar.zst', '--case', '0042', '--owner', 'Acme');
    const set = await split('c.chunks', 'hello', '--case', '0042', '--owner', 'Acme');
    const both = await sonae('verify', mine, set, '--json');
    expect(both.exitCode).toBe(0);
    expect(JSON.parse(both.stdout)).toHaveLength(2);
    const otherCase = await collect('d.tar.zst', '--case', '0043', '--owner', 'Acme');
    const otherOwner = await split('d.chunks', 'hello', '--case', '0042', '--owner', 'Evil');
    refused(await sonae('verify', mine, otherCase), 6, /of case 0042, .+ of case 0043: foreign/);
    refused(await sonae('verify', set, otherOwner), 6, /of owner Acme, .+ of owner Evil: foreign/);
  });

  it('of a set that was begun stay: resuming for another is refused', async () => {
    const set = await split('e.chunks', 'hello', '--case', '0042', '--owner', 'Acme');
    const { setId, ...manifest } = JSON.parse(readFileSync(join(set, 'chunk-set.json'), 'utf8'));
    const journal = {
      ...manifest,
      format: 'sonae-chunk-journal',
      setId,
      frameBytes: 65536,
      digits: 3,
      name: 'vmcore',
      sourceName: 'vmcore',
    };
    const folder = path('e2.chunks');
    mkdirSync(folder);
    writeFileSync(join(folder, 'chunk-set.journal'), `${JSON.stringify(journal)}\n`);
    const again = (...flags: string[]) =>
      sonae('split', 'vmcore', '--output', folder, '--resume', ...flags);
    refused(await again('--case', '0042', '--owner', 'Evil'), 6, /for owner Acme, now .+ Evil/);
    refused(await again('--case', '0043', '--owner', 'Acme'), 6, /for case 0042, now it is/);
    refused(await again('--case', '0042'), 6, /for owner Acme, now it is no owner/);
  });

  it('of chunks in one folder must be one: chunks of two sets, or a journal of another', async () => {
    const set = await split('f.chunks', 'hello');
    writeFileSync(path('other'), 'something else');
    await sonae('split', 'other', '--output', 'g.chunks');
    copyFileSync(path('g.chunks/other.zst.000'), join(set, 'other.zst.000'));
    refused(await sonae('verify', set), 5, /other\.zst\.000: not of this set/);
    refused(await sonae('join', set, '--output', 'f'), 6, /not of this set: other\.zst\.000/);

    const second = await split('h.chunks', 'hello');
    copyFileSync(path('g.chunks/other.zst.000'), join(second, 'vmcore.zst.000'));
    refused(await sonae('verify', second), 5, /nothing in it belongs to this set|foreign/);
    refused(await sonae('join', second, '--output', 'h'), 5, /of another set or case/);
  });

  it('show in the name of a bundle, its folder and its manifest, which must agree', async () => {
    mkdirSync(path('named'));
    await sonae(
      'collect',
      '--profile',
      'minimal',
      '--root',
      root,
      '--output',
      'named',
      '--case',
      '0042',
    );
    await sonae(
      'collect',
      '--profile',
      'minimal',
      '--root',
      root,
      '--output',
      'named',
      '--case',
      '0043',
    );
    const [one = '', two = ''] = readdirSync(path('named')).filter((name) => name.endsWith('.zst'));
    const files = [one, two].map((name) => readFileSync(path(`named/${name}`)));
    writeFileSync(path(`named/${one}`), files[1] ?? '');
    refused(
      await sonae('verify', path(`named/${one}`)),
      5,
      /has the name of bundle \w{8} and holds bundle \w{8}/,
    );

    // Two bundles put together, and a manifest of one in the folder of the other.
    const places = [two, one].map((name, index) => {
      const place = path(`unpacked-${index}`);
      mkdirSync(place);
      writeFileSync(path('piece.tar.zst'), files[index] ?? '');
      execFileSync('tar', ['--zstd', '-xf', path('piece.tar.zst'), '-C', place]);
      return { place, top: readdirSync(place)[0] ?? '', name };
    });
    const [a, b] = places;
    if (a === undefined || b === undefined) throw new Error('two bundles');
    const mixed = path('mixed.tar.zst');
    execFileSync('tar', ['--zstd', '-cf', mixed, '-C', a.place, a.top, '-C', b.place, b.top]);
    refused(await sonae('verify', mixed), 5, /two manifests are in it: bundles/);
    const manifest = 'sonae/manifest.json';
    rmSync(join(b.place, b.top, manifest));
    execFileSync('tar', ['--zstd', '-cf', mixed, '-C', a.place, a.top, '-C', b.place, b.top]);
    refused(await sonae('verify', mixed), 5, /\/: in a bundle of sonae-/);
    writeFileSync(join(a.place, a.top, manifest), JSON.stringify(manifestOf(path(`named/${one}`))));
    execFileSync('tar', ['--zstd', '-cf', mixed, '-C', a.place, a.top]);
    refused(await sonae('verify', mixed), 5, /is the folder of another bundle than/);
  });

  it('may be unknown: what was made before there were owners is read as it was', async () => {
    const set = await split('i.chunks', 'hello');
    const bundle = await collect('i.tar.zst');
    expect(manifestOf(bundle).owner).toBeUndefined();
    expect((await sonae('verify', set, bundle)).exitCode).toBe(0);
    refused(await sonae('verify', set, '--owner', 'Acme'), 6, /is of no owner, not of owner Acme/);
  });
});

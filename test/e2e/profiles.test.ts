import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runSonae } from '../run-sonae.ts';

let home: string;
const mine = `apiVersion: sonae/v1
kind: Profile
name: my-app
group: subject
title: Our application.
why: For incidents of it.
include: [minimal]
items:
  - id: my-app.status
    what: What it says of itself.
    why: Shows its queue.
    run: [my-appctl, status]
`;

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'sonae-home-'));
  mkdirSync(join(home, '.config/sonae/profiles.d'), { recursive: true });
  writeFileSync(join(home, '.config/sonae/profiles.d/my-app.yaml'), mine);
  writeFileSync(
    join(home, 'broken.yaml'),
    mine.replace('title', 'titel').replace('[my-appctl, status]', '[sudo, id]'),
  );
});

afterAll(() => rmSync(home, { recursive: true, force: true }));

const run = (...args: string[]) => runSonae(['profiles', ...args], { env: { HOME: home } });

describe('sonae profiles list', () => {
  it('groups all profiles with one sentence each, those of the user too', async () => {
    const { exitCode, stdout, stderr } = await run('list');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/^Sets\n {2}default +What a support centre/);
    expect(stdout).toMatch(/By symptom\n(?: {2}.*\n)* {2}hang +The whole system hangs/);
    expect(stdout).toMatch(/By subject\n(?: {2}.*\n)* {2}my-app +Our application\./);
  });

  it('gives one JSON document', async () => {
    const { stdout } = await run('list', '--json');
    expect(JSON.parse(stdout)).toContainEqual({
      name: 'my-app',
      group: 'subject',
      title: 'Our application.',
      file: join(home, '.config/sonae/profiles.d/my-app.yaml'),
    });
  });
});

describe('sonae profiles show', () => {
  it('tells a person what, from where, why, how long and how risky', async () => {
    const { exitCode, stdout } = await run('show', 'hang');
    expect(exitCode).toBe(0);
    for (const part of [
      'hang (symptom): The whole system hangs',
      '\nRisk\n',
      'What sonae will not do for you',
      'sysrq-trigger',
      'First: gone within a second',
      'from   built in: /dev/kmsg, without waiting',
      '3 times, every 10.0 s',
      'may hang on the trouble itself',
    ]) {
      expect(stdout).toContain(part);
    }
    expect(
      stdout.split('\n').filter((line) => line.length > 100 && / /.test(line.trim().slice(0, 60))),
    ).toEqual([]);
  });

  it('shows a profile of the user with what it includes, as JSON', async () => {
    const { stdout } = await run('show', 'my-app', '--json');
    const ids = JSON.parse(stdout).items.map(({ id }: { id: string }) => id);
    expect(ids).toContain('kernel.log');
    expect(ids.at(-1)).toBe('my-app.status');
  });

  it('names the nearest profiles for one that is not there', async () => {
    const { exitCode, stdout, stderr } = await run('show', 'hangs');
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toBe('sonae: there is no profile "hangs"\n  Did you mean hang?');
  });

  it('tells each problem of a file before it gives up', async () => {
    const { exitCode, stderr } = await run('show', join(home, 'broken.yaml'));
    expect(exitCode).toBe(2);
    expect(stderr).toContain('broken.yaml:5:1: there is no field "titel" (did you mean title?)');
    expect(stderr).toContain('has 3 problems: nothing was done');
  });
});

describe('sonae profiles validate', () => {
  it('accepts what is valid', async () => {
    const file = join(home, '.config/sonae/profiles.d/my-app.yaml');
    const { exitCode, stdout } = await run('validate', file);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/my-app\.yaml: valid, profile "my-app" with \d+ items$/);
  });

  it('prints every problem where it is, on stdout, and exits with 2', async () => {
    const { exitCode, stdout } = await run('validate', join(home, 'broken.yaml'));
    expect(exitCode).toBe(2);
    expect(stdout.split('\n').map((line) => line.slice(home.length + 1))).toEqual([
      'broken.yaml:1:1: "title" is missing',
      'broken.yaml:5:1: there is no field "titel" (did you mean title?)',
      expect.stringContaining('broken.yaml:12:10: "sudo" can change the machine'),
    ]);
  });

  it('gives the problems as JSON', async () => {
    const { exitCode, stdout } = await run('validate', '--json', join(home, 'broken.yaml'));
    expect(exitCode).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      valid: false,
      problems: [
        { line: 1, column: 1 },
        { line: 5, column: 1, hint: 'did you mean title?' },
        { line: 12 },
      ],
    });
  });

  it('says so when the file is not there', async () => {
    const { exitCode, stderr } = await run('validate', join(home, 'none.yaml'));
    expect(exitCode).toBe(2);
    expect(stderr).toContain('there is no such file');
  });
});

describe('a broken file that nobody asked for', () => {
  it('takes one line of a screen at night, whatever is wrong with it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sonae-home-'));
    mkdirSync(join(folder, 'sonae/profiles.d'), { recursive: true });
    const file = join(folder, 'sonae/profiles.d/broken.yaml');
    writeFileSync(file, 'titel: Ours.\n');
    const { exitCode, stderr } = await runSonae(['profiles', 'show', 'hang'], {
      env: { XDG_CONFIG_HOME: folder },
    });
    expect(exitCode).toBe(0);
    expect(stderr.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^warning: .*broken\.yaml:1:1: .*, and \d+ more problems$/),
      `  sonae profiles validate ${file}`,
    ]);
    rmSync(folder, { recursive: true });
  });

  it('is a warning, and stands in nobody’s way', async () => {
    const file = join(home, '.config/sonae/profiles.d/other.yaml');
    writeFileSync(file, 'name: [');
    try {
      const { exitCode, stdout, stderr } = await run('show', 'minimal');
      expect(exitCode).toBe(0);
      expect(stdout).toContain('minimal (set)');
      expect(stderr).toContain(`warning: ${file}:1:`);
    } finally {
      rmSync(file);
    }
  });
});

describe('a profile on an image', () => {
  it('reads what is stored, and looks into it with commands made for it', async () => {
    const image = join(home, 'image');
    mkdirSync(join(image, 'etc'), { recursive: true });
    mkdirSync(join(image, 'boot'));
    writeFileSync(join(image, 'etc/fstab'), '# none\n');
    const { exitCode, stdout } = await runSonae(
      ['collect', '--profile', 'boot-failure', '--root', image, '--dry-run', '--json'],
      { env: { HOME: home } },
    );
    expect(exitCode).toBe(0);
    const { steps } = JSON.parse(stdout);
    const takeOf = (id: string) => steps.find((step: { id: string }) => step.id === id)?.take;
    expect(takeOf('boot.folder').argv).toEqual(['ls', '-lanR', `${image}/boot`]);
    expect(takeOf('filesystems.config').paths).toContain('/etc/fstab');
    expect(steps.some(({ id }: { id: string }) => id === 'kernel.log')).toBe(false);
  });
});

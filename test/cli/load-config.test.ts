import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeConfig } from '../../src/cli/settings/config-shape.ts';
import { loadConfig } from '../../src/cli/settings/load-config.ts';
import { readYamlFileIfAny } from '../../src/host/profile-folder.ts';
import { renderProblem } from '../../src/profile/problem.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const head = 'apiVersion: sonae/v1\nkind: Config\n';
const recipient = 'age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj';
const problemsOf = (text: string) => decodeConfig('c.yaml', text).problems.map(renderProblem);

describe('settings of a site', () => {
  it('are read from the documented example', () => {
    const { config, problems } = decodeConfig(
      'c.yaml',
      `${head}owner: Acme Bank, Tokyo\nencryptTo:\n  - ${recipient}\n  - /etc/sonae/centre.txt\n`,
    );
    expect(problems).toEqual([]);
    expect(config).toEqual({
      owner: 'Acme Bank, Tokyo',
      encryptTo: [recipient, '/etc/sonae/centre.txt'],
    });
  });

  it('say where to upload to, and as whom', () => {
    const upload = {
      to: 'https://h.example/{case}/',
      user: 'acme',
      passwordFile: '/etc/sonae/password',
    };
    const { config, problems } = decodeConfig(
      'c.yaml',
      `${head}upload:\n  to: ${upload.to}\n  user: acme\n  passwordFile: ${upload.passwordFile}\n`,
    );
    expect(problems).toEqual([]);
    expect(config).toEqual({ encryptTo: [], upload });
  });

  it.each([
    ['user: me\n  keyFile: /k', /user, keyFile without to/],
    ['to: https://h/\n  tokenFile: /t\n  user: u\n  passwordFile: /p', /password and a token/],
    ['to: sftp://h/\n  keyFile: /k', /key without user/],
    ['to: ftp://h/', /a URL/],
    ['to: https://h/\n  user: "a:b"', /a name/],
    ['to: https://h/\n  tokenFile: token', /absolute path/],
    ['password: x', /did you mean passwordFile/],
  ])('refuse the upload of %j', (lines, problem) => {
    expect(problemsOf(`${head}upload:\n  ${lines}\n`).join('\n')).toMatch(problem);
  });

  it('take one recipient without a list', () => {
    expect(decodeConfig('c.yaml', `${head}encryptTo: ${recipient}\n`).config?.encryptTo).toEqual([
      recipient,
    ]);
  });

  it.each([
    ['', 'c.yaml:1:1: the file is empty'],
    [
      `${head}encryptTO: x\n`,
      'c.yaml:3:1: there is no field "encryptTO" (did you mean encryptTo?)',
    ],
    [`${head}encryptTo: []\n`, 'c.yaml:3:12: expected at least 1, found 0'],
    ['apiVersion: sonae/v2\nkind: Config\n', 'c.yaml:1:13: "sonae/v2" is not valid here'],
    ['kind: Config\n', 'c.yaml:1:1: "apiVersion" is missing'],
    [`${head}passphraseFile: secret\n`, 'c.yaml:3:17: expected an absolute path, found "secret"'],
    [
      `${head}encryptTo: ${recipient}\npassphraseFile: /a\n`,
      'c.yaml:4:17: a passphrase and recipients do not go together',
    ],
    [`${head}owner: "a\n`, 'c.yaml:4:1: Missing closing'],
  ])('name the place of each mistake: %j', (text, expected) => {
    expect(problemsOf(text)[0]).toContain(expected);
    expect(decodeConfig('c.yaml', text).config).toBeUndefined();
  });

  it('do not show a secret key that stands where a public one should', () => {
    const secret = ['AGE-SECRET-KEY-', '1GFPYYSJZGFPYYSJZ'].join('');
    const [problem = ''] = problemsOf(`${head}encryptTo:\n  - ${secret}\n`);
    expect(problem).toContain('c.yaml:4:5: this is a SECRET key');
    expect(problem).not.toContain('GFPYYSJZ');
  });

  it('end the command when they cannot be used', async () => {
    const file = join(temporaryFolder('config'), 'config.yaml');
    writeFileSync(file, `${head}encryptto: ${recipient}\n`);
    await expect(loadConfig(file)).rejects.toThrow(
      `${file}:3:1: there is no field "encryptto" (did you mean encryptTo?)`,
    );
    await expect(loadConfig(`${file}.none`)).rejects.toThrow('there is no such file');
  });

  it('are not taken for absent when their link leads nowhere', async () => {
    const folder = temporaryFolder('config');
    expect(await readYamlFileIfAny(join(folder, 'none'))).toBeUndefined();
    symlinkSync(join(folder, 'gone'), join(folder, 'config.yaml'));
    await expect(readYamlFileIfAny(join(folder, 'config.yaml'))).rejects.toThrow('no such file');
  });
});

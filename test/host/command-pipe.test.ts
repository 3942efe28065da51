import { expect, it } from 'vitest';
import { openCommandPipe } from '../../src/host/command-pipe.ts';

const take = (into: Buffer[]) => async (bytes: Buffer) => void into.push(bytes);

it('passes everything through, however slowly it is taken', async () => {
  const parts: Buffer[] = [];
  const pipe = openCommandPipe(['/bin/cat'], async (bytes) => {
    await new Promise((resolve) => setTimeout(resolve, 1));
    parts.push(bytes);
  });
  for (let index = 0; index < 40; index += 1) await pipe.write(Buffer.alloc(50_000, index));
  expect(await pipe.end()).toEqual({ exitCode: 0, stderr: '' });
  const all = Buffer.concat(parts);
  expect(all.length).toBe(2_000_000);
  expect([all[0], all[1_999_999]]).toEqual([0, 39]);
});

it('says what a command said that ended early', async () => {
  const pipe = openCommandPipe(['/bin/sh', '-c', 'echo no key >&2; exit 2'], take([]));
  const writeOn = async () => {
    for (;;) await pipe.write(Buffer.alloc(100_000));
  };
  await expect(writeOn()).rejects.toThrow('/bin/sh ended early: no key');
  expect(await pipe.end()).toEqual({ exitCode: 2, stderr: 'no key' });
});

it('ends the command when what it gives cannot be taken, and says why', async () => {
  const pipe = openCommandPipe(['/bin/cat'], async () => {
    throw new Error('no space left');
  });
  const writeOn = async () => {
    for (;;) await pipe.write(Buffer.alloc(100_000));
  };
  await expect(writeOn()).rejects.toThrow('no space left');
  await expect(pipe.end()).rejects.toThrow('no space left');
});

it('says that a command cannot be started', async () => {
  const pipe = openCommandPipe(['/nonexistent/gpg'], take([]));
  const { exitCode, stderr } = await pipe.end();
  expect(exitCode).toBe(127);
  expect(stderr).toContain('ENOENT');
});

it('leaves nothing running behind', async () => {
  const pipe = openCommandPipe(['/bin/cat'], take([]));
  await pipe.write(Buffer.from('x'));
  await pipe.kill();
  await pipe.kill();
  await expect(pipe.write(Buffer.from('y'))).rejects.toThrow('ended early');
});

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWith } from '../require-tool.ts';
import { bin } from '../run-sonae.ts';

const calls =
  'open,openat,creat,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,symlink,symlinkat,link,linkat,mknod,mknodat,chmod,' +
  'fchmodat,chown,truncate,mount,umount2,init_module,finit_module,delete_module,sethostname,settimeofday,adjtimex,kexec_load';

// Devices a command may open for reading and writing without changing anything, files without a name, and what lies
// below the home that commands are given, where nothing can be made.
const harmless =
  /"\/dev\/(?:null|tty|mapper\/control)"|"\/proc\/nowhere\/|O_TMPFILE|= -1 E|"\/proc\/self\/(?:oom_score_adj|timerslack_ns)"/;

// A process that was killed while strace held it at the gate of a call: neither the call nor its path can be read any
// more, and the call was never made.
const killedBefore =
  /^\d+ +(?:\?{3,4}\(|\w+\((?:AT_FDCWD, )?0x[\da-f]+.* (?:= \?|<detached \.\.\.>)$)/;

describeWith(['strace'], 'a whole run of the default profile', () => {
  it('writes nothing outside the output folder, by sonae or by any command it runs', () => {
    const folder = mkdtempSync(join(tmpdir(), 'sonae-read-only-'));
    const trace = join(folder, 'trace');
    const out = join(folder, 'out');
    execFileSync('mkdir', [out]);
    const argv = [
      '-f',
      '--seccomp-bpf', // what is not traced is not held up
      '-qq',
      '-e',
      `trace=${calls}`,
      '-e',
      'signal=none',
      '-o',
      trace,
      process.execPath,
      bin,
    ];
    try {
      execFileSync('strace', [...argv, 'collect', '--output', out, '--quiet'], { stdio: 'ignore' });
    } catch {
      // without root the run is partial (3); what counts is the trace
    }
    const lines = readFileSync(trace, 'utf8').split('\n');
    const isWriting = (line: string) =>
      /O_WRONLY|O_RDWR|O_CREAT|O_TRUNC/.test(line) || !/^\d+ +(?:<\.\.\. )?open/.test(line);
    const wrong = lines
      .filter((line) => line !== '' && isWriting(line))
      .filter(
        (line) =>
          !/resumed>/.test(line) &&
          !harmless.test(line) &&
          !killedBefore.test(line) &&
          !line.includes(`"${out}/`),
      );
    // `chmod` and its like end in a path of ours too; what is unfinished shows its path all the same.
    expect(wrong.filter((line) => !line.includes(`"${out}"`))).toEqual([]);
    expect(lines.length).toBeGreaterThan(1000);
    rmSync(folder, { recursive: true });
  }, 180_000);

  it('does not take a process killed at the gate of a call for one that writes', () => {
    const killed = [
      '14053 ???( <detached ...>',
      '14053 ???()                             = ?',
      '14053 openat(AT_FDCWD, 0x7ffd1c2a3b40, O_WRONLY|O_CREAT, 0666) = ?',
    ];
    const made = [
      '14053 openat(AT_FDCWD, "/etc/x", O_WRONLY|O_CREAT, 0666) = 3',
      '14053 openat(AT_FDCWD, "/etc/x", O_WRONLY|O_CREAT, 0666) = ?',
      '14053 openat(AT_FDCWD, 0x7ffd1c2a3b40, O_WRONLY|O_CREAT, 0666) = 3',
    ];
    expect(killed.map((line) => killedBefore.test(line))).toEqual([true, true, true]);
    expect(made.map((line) => killedBefore.test(line))).toEqual([false, false, false]);
  });
});

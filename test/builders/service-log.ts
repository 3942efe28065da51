/** Lines of the services that write most, with numbers that differ, the same at each call; one line in two thousand holds a secret. */
export function serviceLog(bytes: number): Buffer {
  let seed = 1;
  const next = (limit: number) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed % limit;
  };
  const forms = [
    () =>
      `sshd[${next(9999)}]: Accepted publickey for deploy from 10.0.${next(255)}.${next(255)} port ${next(65535)} ssh2: RSA SHA256:abcdefgh`,
    () =>
      `sshd[${next(9999)}]: pam_unix(sshd:session): session opened for user root(uid=0) by (uid=0)`,
    () => `kernel: [${next(99999)}.${next(999999)}] nf_conntrack: table full, dropping packet`,
    () => `CRON[${next(9999)}]: (root) CMD (   cd / && run-parts --report /etc/cron.hourly)`,
    () =>
      `nginx: 10.1.${next(255)}.${next(255)} - - "GET /api/v1/items/${next(9999)}?page=${next(99)} HTTP/1.1" 200 ${next(9999)} "-" "Mozilla/5.0"`,
    () =>
      `audit[${next(9999)}]: SYSCALL arch=c000003e syscall=${next(300)} success=yes exit=0 a0=7ffc items=0 comm="sshd" exe="/usr/sbin/sshd" key=(null)`,
    () => `systemd[1]: Started Session ${next(9999)} of User root.`,
  ];
  const lines: string[] = [];
  for (let size = 0; size < bytes; ) {
    const form = forms[next(forms.length)];
    const text = next(2000) === 0 ? `app[1]: login user=bob password=pw${next(99)}x ok` : form?.();
    lines.push(`Nov 23 10:${10 + next(49)}:${10 + next(49)} host-${next(9)} ${text}`);
    size += (lines.at(-1)?.length ?? 0) + 1;
  }
  return Buffer.from(`${lines.join('\n')}\n`);
}

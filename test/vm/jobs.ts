import { type BrokenState, brokenStates } from './broken-states.ts';
import { remoteStates } from './remote-states.ts';
import { type RemoteTarget, remoteKey } from './remote-target.ts';

// A server that has been at work: memory of programs, cached files, many inodes; then a pause, since loading the crash
// kernel leaves buffers behind that are still being freed, and since a rehearsal wants a machine that has settled.
// The lists of free pages that each CPU keeps (mm/page_alloc.c, zone_highsize) are dumped and no flag tells them. They are
// a twentieth of this small guest by default, more than a quarter of its dump, and how full they are is chance; on a server
// of 64 GiB they are a six-hundredth. They are made that here.
const work = `
sysctl -q vm.percpu_pagelist_high_fraction=512
node -e 'const b = Buffer.alloc(60 << 20, 1); for (let i = 0; i < b.length; i += 4096) b[i] = i; setInterval(() => 0, 1e6)' &
find /usr -xdev -type f -size +100k -exec cat {} + | head -c 200M >/dev/null
find / -xdev -type f >/dev/null
sleep 60
`;

// Facts from the kernel's own tools, a moment before the panic: to explain a wrong prediction with.
const witnesses = `
cp /proc/meminfo /proc/iomem /proc/zoneinfo "$RESULTS/"
ran mem-usage makedumpfile --mem-usage /proc/kcore
cat /proc/kpageflags | gzip -1 >"$RESULTS/kpageflags.gz"
`;

// Ends in a real panic.
const rehearse = `
ran plan sonae check-kdump rehearse
keep
sonae check-kdump rehearse --trigger --yes-crash "$(hostname)" --override uptime >"$RESULTS/trigger.out" 2>"$RESULTS/trigger.err"
echo "$?" >"$RESULTS/trigger.exit"
`;

/** Checks a healthy machine and rehearses. */
export const rehearsalJob = `
mkdir -p /boot/grub
ran update-grub update-grub
${work}
check ready
ran ready-text sonae check-kdump
${witnesses}
${rehearse}
`;

/** After the restart: verifies the rehearsal, lets makedumpfile judge the dump too, then breaks kdump in every way. */
export const verifyAndBreakJob = `
ran verify sonae check-kdump rehearse --verify
ran verify-json sonae check-kdump rehearse --verify --json
check proven
ran proven-text sonae check-kdump
dump=$(ls /var/crash/2*/dump.2*)
stat -c '%s %n' /var/crash/2*/* >"$RESULTS/saved-files"
ran rearrange timeout 120 sh -c "makedumpfile -R /root/rearranged <$dump"
ran dump-dmesg makedumpfile --dump-dmesg /root/rearranged "$RESULTS/dump-dmesg.txt"
rm /root/rearranged
cp "$dump" "$RESULTS/dump"
cp -r /var/lib/sonae "$RESULTS/var-lib-sonae"
${brokenStates.map((state) => breakingLines(state)).join('\n')}
`;

/** The same with a target on another machine: checks with and without asking it, and rehearses. */
export function remoteRehearsalJob({ setUp }: RemoteTarget): string {
  return `
mkdir -p /boot/grub
ran update-grub update-grub
${setUp}
${work}
check unasked
check asked --ask-target
ran asked-text sonae check-kdump --ask-target
${rehearse}
`;
}

/** After the restart: brings the dump from the target with the command that `--verify` prints, verifies it, then breaks the way there. */
export function remoteVerifyAndBreakJob({ login, folder }: RemoteTarget): string {
  return `
ran seek sonae check-kdump rehearse --verify
sed -n 's/.*Bring it here: \\(scp [^;]*\\);.*/\\1/p' "$RESULTS/seek.err" >"$RESULTS/printed-command"
name=$(ssh -n -i ${remoteKey} ${login} ls -t ${folder} | head -1)
ran fetch sh -c "$(sed "s/FOLDER/$name/" "$RESULTS/printed-command")"
ran verify sonae check-kdump rehearse --verify --dump-folder /var/tmp/rehearsed
check proven-asked --ask-target
${remoteStates.map((state) => breakingLines(state, '--ask-target')).join('\n')}
`;
}

/** Only looks: for machines that were broken before they were started. The hook of a kernel update runs update-grub. */
export const lookJob = 'mkdir -p /boot/grub\nran update-grub update-grub\ncheck look';

/** Looks, then lets the machine panic for good: what the crash kernel cannot do, it must not have promised. */
export const lookAndPanicJob = `
check look
keep
sync
echo c >/proc/sysrq-trigger
`;

function breakingLines({ name, breaks, mends }: BrokenState, option = ''): string {
  return [`echo '== ${name}'`, breaks, `check ${name} ${option}`, mends].join('\n');
}

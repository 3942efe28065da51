/** A way in which kdump is broken while the guest runs, and mended before the next. */
export interface BrokenState {
  /** Names the result files; one word. */
  readonly name: string;
  /** What happened to the machine, for the record. */
  readonly story: string;
  /** Shell lines that break it, as it breaks in the field. */
  readonly breaks: string;
  /** Shell lines that make it whole again. */
  readonly mends: string;
  /** Checks of which at least one must warn or fail, by the last part of their id. */
  readonly seenBy: readonly string[];
  /** The verdicts that tell the truth about the coming panic. */
  readonly verdicts: readonly string[];
}

const config = '/etc/default/kdump-tools';
const folder = '/var/lib/kdump';
const stop = 'systemctl stop kdump-tools';
const start = 'systemctl start kdump-tools';

/** States that need no reboot, in the order in which they are made. The last cannot be mended. */
export const brokenStates: readonly BrokenState[] = [
  {
    name: 'service-off',
    story: 'systemctl disable --now kdump-tools',
    breaks: 'systemctl -q disable --now kdump-tools',
    mends: 'systemctl -q enable --now kdump-tools',
    seenBy: ['crash-kernel-loaded', 'kdump-unit-state'],
    verdicts: ['not ready'],
  },
  {
    name: 'service-disabled',
    story: 'systemctl disable kdump-tools: loaded tonight, gone after the next boot',
    breaks: 'systemctl -q disable kdump-tools',
    mends: 'systemctl -q enable kdump-tools',
    seenBy: ['kdump-unit-state'],
    verdicts: ['at risk', 'not ready'],
  },
  {
    name: 'use-kdump-0',
    story: 'USE_KDUMP=0 in the configuration, service restarted',
    breaks: `${stop}; sed -i 's/^USE_KDUMP=.*/USE_KDUMP=0/' ${config}; ${start}`,
    mends: `sed -i 's/^USE_KDUMP=.*/USE_KDUMP=1/' ${config}; systemctl restart kdump-tools`,
    seenBy: ['use-kdump-enabled'],
    verdicts: ['not ready'],
  },
  {
    name: 'initrd-missing',
    story: 'the crash initrd is gone and cannot be rebuilt, service restarted',
    breaks: `${stop}; mv ${folder}/initrd.img-* /root/; chmod -x /etc/kernel/postinst.d/kdump-tools; ${start}`,
    mends: `mv /root/initrd.img-* ${folder}/; chmod +x /etc/kernel/postinst.d/kdump-tools; systemctl restart kdump-tools`,
    seenBy: ['capture-initrd-exists'],
    verdicts: ['not ready'],
  },
  {
    name: 'initrd-removed-later',
    story: 'the crash initrd was deleted after it had been loaded',
    breaks: `mv ${folder}/initrd.img-* /root/`,
    mends: `mv /root/initrd.img-* ${folder}/`,
    seenBy: ['capture-initrd-exists'],
    verdicts: ['at risk', 'not ready'],
  },
  {
    name: 'initrd-empty',
    story: 'the crash initrd has 0 bytes (disk was full when it was built), service restarted',
    breaks: `cp -a ${folder}/initrd.img-$(uname -r) /root/; : >${folder}/initrd.img-$(uname -r); systemctl restart kdump-tools`,
    mends: `mv /root/initrd.img-* ${folder}/; systemctl restart kdump-tools`,
    seenBy: ['capture-initrd-readable', 'capture-initrd-exists'],
    verdicts: ['not ready'],
  },
  {
    name: 'kernel-link-broken',
    story: 'the link to the crash kernel dangles, still loaded',
    breaks: `ln -sfn /boot/vmlinuz-9.9.9-gone ${folder}/vmlinuz`,
    mends: `ln -sfn /boot/vmlinuz-$(uname -r) ${folder}/vmlinuz`,
    seenBy: ['capture-kernel-exists'],
    verdicts: ['at risk', 'not ready'],
  },
  {
    name: 'disk-nearly-full',
    story: 'about 5 MB are left where the dump goes',
    breaks:
      "fallocate -l $(($(df -Pk /var/crash | awk 'NR == 2 { print $4 }') - 5000))K /var/filler",
    mends: 'rm /var/filler; sync',
    seenBy: ['target-space-predicted'],
    verdicts: ['not ready'],
  },
  {
    name: 'core-directory-missing',
    story: 'KDUMP_COREDIR names a path that does not exist',
    breaks: `sed -i 's|^KDUMP_COREDIR=.*|KDUMP_COREDIR="/srv/crash"|' ${config}`,
    mends: `sed -i 's|^KDUMP_COREDIR=.*|KDUMP_COREDIR="/var/crash"|' ${config}; rm -rf /srv/crash`,
    seenBy: ['target-resolves'],
    verdicts: ['at risk', 'not ready'],
  },
  {
    name: 'makedumpfile-missing',
    story: 'makedumpfile was removed',
    breaks: 'mv /usr/bin/makedumpfile /root/',
    mends: 'mv /root/makedumpfile /usr/bin/',
    seenBy: ['core-collector-valid', 'capture-initrd-tools'],
    verdicts: ['at risk', 'not ready'],
  },
  {
    name: 'kexec-load-disabled',
    story: 'a hardening profile set kernel.kexec_load_disabled=1, then the service was restarted',
    breaks: `${stop}; sysctl -qw kernel.kexec_load_disabled=1; ${start}`,
    mends: ':',
    seenBy: ['kexec-load-disabled'],
    verdicts: ['not ready'],
  },
];

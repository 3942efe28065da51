/** Distribution family whose commands are printed. */
export type FixFamily = 'redhat' | 'suse' | 'debian' | 'image' | 'unknown';

// What the commands for one machine depend on.
interface Place {
  /** Of the kernel that boots next. */
  readonly release: string;
  /** Of the kernel that kdump loads now. */
  readonly captured: string;
  /** Such as 512M. */
  readonly size: string;
  /** Of the part above 4 GiB, such as 512M. */
  readonly high: string;
  readonly isFadump: boolean;
  /** Such as console=ttyS0,115200. */
  readonly console: string;
  /** Debian's package of the kernel for this architecture. */
  readonly kernelPackage: string;
  /** USER@HOST of an ssh target. */
  readonly login: string;
}

type Commands = (place: Place) => Readonly<Partial<Record<FixFamily, readonly string[]>>>;

// Where kdump-tools has its own words on the command line.
function grubDefault(words: string): readonly string[] {
  return [
    `echo 'GRUB_CMDLINE_LINUX_DEFAULT="$GRUB_CMDLINE_LINUX_DEFAULT ${words}"' > /etc/default/grub.d/kdump-tools.cfg`,
    'update-grub',
    'reboot',
  ];
}

function rebuild(release: string): ReturnType<Commands> {
  return {
    redhat: ['kdumpctl rebuild && kdumpctl reload'],
    suse: ['mkdumprd -f && systemctl restart kdump'],
    debian: [
      `/etc/kernel/postinst.d/kdump-tools ${release}`,
      `kdump-config unload; kdump-config symlinks ${release}; kdump-config load`,
    ],
    image: ['kdumpctl rebuild && kdumpctl reload'],
  };
}

// What kdump-utils holds was a part of kexec-tools up to EL 9, and is in Amazon Linux.
function redhatPackage(release: string): string {
  return /\.el[6-9](?:[._]|$)|\.amzn\d/.test(release) ? 'kexec-tools' : 'kdump-utils makedumpfile';
}

/** The commands that mend something, by what is mended and family; empty or absent where a family has none. */
export const commands = {
  install: ({ release }) => ({
    redhat: [`dnf install ${redhatPackage(release)}`],
    suse: ['zypper install kdump'],
    debian: ['apt install kdump-tools'],
    image: ['rpm-ostree install kdump-utils makedumpfile', 'systemctl reboot'],
  }),
  reinstall: ({ release }) => ({
    redhat: [`dnf reinstall ${redhatPackage(release)}`],
    suse: ['zypper install --force kdump'],
    debian: ['apt install --reinstall -o Dpkg::Options::=--force-confmiss kdump-tools'],
  }),
  reserve: ({ size, isFadump }) => ({
    redhat: [`kdumpctl reset-crashkernel ${isFadump ? '--fadump=on ' : ''}--kernel=ALL`, 'reboot'],
    suse: ['kdumptool commandline -u   # older releases: yast kdump', 'reboot'],
    debian: grubDefault(`crashkernel=${size}`),
    image: [`rpm-ostree kargs --append-if-missing=crashkernel=${size}`, 'systemctl reboot'],
    unknown: [
      `add crashkernel=${size} to the kernel command line in your boot loader, then reboot`,
    ],
  }),
  reserveMore: ({ size, isFadump }) => ({
    redhat: isFadump
      ? ['kdumpctl reset-crashkernel --fadump=on --kernel=ALL', 'reboot']
      : [
          'grubby --update-kernel=ALL --remove-args=crashkernel',
          `grubby --update-kernel=ALL --args="crashkernel=${size}"`,
          'reboot',
        ],
    suse: [
      "sed -i '/^KDUMP_CRASHKERNEL=/d' /etc/sysconfig/kdump",
      `echo 'KDUMP_CRASHKERNEL="auto"' >> /etc/sysconfig/kdump`,
      'kdumptool commandline -u   # older releases: yast kdump',
      'reboot',
    ],
    debian: grubDefault(`crashkernel=${size}`),
    image: [
      'rpm-ostree kargs --delete-if-present=crashkernel',
      `rpm-ostree kargs --append=crashkernel=${size}`,
      'systemctl reboot',
    ],
    unknown: [`set crashkernel=${size} in your boot loader, then reboot`],
  }),
  load: () => ({
    redhat: ['systemctl enable --now kdump', 'journalctl -b -u kdump'],
    suse: ['systemctl enable --now kdump', 'journalctl -b -u kdump'],
    debian: ['systemctl restart kdump-tools', 'kdump-config show', 'journalctl -b -u kdump-tools'],
    image: ['systemctl enable --now kdump'],
  }),
  enable: () => ({
    redhat: ['systemctl unmask kdump', 'systemctl enable --now kdump'],
    suse: ['systemctl unmask kdump', 'systemctl enable --now kdump'],
    debian: ['systemctl unmask kdump-tools', 'systemctl enable --now kdump-tools'],
    image: ['systemctl enable --now kdump'],
  }),
  rebuild: ({ release }) => rebuild(release),
  rebuildForNow: ({ captured }) => rebuild(captured),
  reload: () => ({
    redhat: ['kdumpctl reload'],
    suse: ['systemctl restart kdump'],
    debian: ['kdump-config reload'],
    image: ['kdumpctl reload'],
  }),
  installKernel: ({ captured: release }) => ({
    redhat: [`dnf reinstall kernel-core-${release}`],
    suse: ['zypper install --force kernel-default'],
    debian: [`apt install --reinstall linux-image-${release}`, `kdump-config symlinks ${release}`],
  }),
  console: ({ console: word }) => ({
    redhat: [`grubby --update-kernel=ALL --args="console=tty0 ${word}"`, 'reboot'],
    suse: [`pbl --add-option ${word}`, 'pbl --config', 'reboot'],
    debian: [
      `echo 'GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX console=tty0 ${word}"' > /etc/default/grub.d/serial-console.cfg`,
      'update-grub',
      'reboot',
    ],
    image: [`rpm-ostree kargs --append-if-missing=${word}`, 'systemctl reboot'],
    unknown: [`add ${word} to the kernel command line in your boot loader, then reboot`],
  }),
  stockKernel: ({ kernelPackage }) => ({
    redhat: ['dnf install kernel-core', 'reboot'],
    suse: ['zypper install kernel-default', 'reboot'],
    debian: [`apt install ${kernelPackage}   # Ubuntu: linux-image-generic`, 'reboot'],
    unknown: ['boot a kernel of the distribution'],
  }),
  startEarly: () => ({
    redhat: [
      'dracut -f --add earlykdump',
      'grubby --update-kernel=ALL --args=rd.earlykdump',
      'reboot',
    ],
    suse: ['systemctl enable kdump-early'],
  }),
  debuginfo: ({ release }) => ({
    redhat: [`dnf debuginfo-install kernel-${release}   # only needed where dumps are read`],
    suse: ['zypper install kernel-default-debuginfo   # only needed where dumps are read'],
    debian: [
      `apt install linux-image-${release}-dbg   # only needed where dumps are read; Ubuntu: linux-image-unsigned-${release}-dbgsym`,
    ],
  }),
  installCollector: ({ release }) => ({
    redhat: [`dnf install ${redhatPackage(release).split(' ').at(-1)}`],
    suse: ['zypper install makedumpfile'],
    debian: ['apt install makedumpfile'],
  }),
  updateCollector: ({ release }) => ({
    redhat: [`dnf update ${redhatPackage(release).split(' ').at(-1)}`],
    suse: ['zypper update makedumpfile'],
    debian: ['apt update', 'apt install --only-upgrade makedumpfile'],
    unknown: ['update makedumpfile'],
  }),
  removeKernels: () => ({
    redhat: ['dnf remove --oldinstallonly --setopt installonly_limit=2 kernel'],
    suse: ['zypper purge-kernels'],
    debian: ['apt autoremove --purge'],
    unknown: ['remove old kernels'],
  }),
  reserveLow: ({ high }) => ({
    redhat: [
      'grubby --update-kernel=ALL --remove-args=crashkernel',
      `grubby --update-kernel=ALL --args="crashkernel=${high},high crashkernel=256M,low"`,
      'reboot',
    ],
    suse: [
      "sed -i '/^KDUMP_CRASHKERNEL=/d' /etc/sysconfig/kdump",
      `echo 'KDUMP_CRASHKERNEL="crashkernel=${high},high crashkernel=256M,low"' >> /etc/sysconfig/kdump`,
      'kdumptool commandline -u   # older releases: yast kdump',
      'reboot',
    ],
    debian: grubDefault(`crashkernel=${high},high crashkernel=256M,low`),
    unknown: [`set crashkernel=${high},high crashkernel=256M,low in your boot loader, then reboot`],
  }),
  propagate: ({ login }) => ({
    redhat: ['kdumpctl propagate', 'kdumpctl rebuild && kdumpctl reload'],
    suse: [
      `ssh-copy-id ${login}`,
      `ssh-keygen -l -F ${login.replace(/^.*@/, '')}   # compare with what the console of the target shows`,
      'mkdumprd -f && systemctl restart kdump',
    ],
    debian: ['kdump-config propagate', 'kdump-config reload'],
  }),
} satisfies Record<string, Commands>;

const modules = 'usr/lib/modules/5.14.0-427.el9.x86_64/kernel/drivers';

/** What dracut puts into the capture initrd of a machine that dumps to another one by ssh: texts whole, programs in little. */
export const dracutFiles: Readonly<Record<string, string>> = {
  'etc/cmdline.d/60kdumpip.conf': 'kdump_remote_ip=10.20.0.9\n',
  'etc/cmdline.d/45route-static.conf':
    'ifname=kdump-eno1:52:54:00:12:34:56 ip=kdump-eno1:dhcp rd.neednet bootdev=kdump-eno1\n',
  'etc/kdump.conf':
    'ssh kdump@dump01.example.com\nsshkey /root/.ssh/kdump_id_rsa\npath /srv/crash\ncore_collector makedumpfile -F -l --message-level 7 -d 31\n',
  'etc/fstab': '',
  'root/.ssh/known_hosts': 'dump01.example.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFirst\n',
  'usr/bin/makedumpfile': `\x7fELF${'makedumpfile'.repeat(20_000)}`,
  'usr/bin/ssh': `\x7fELF${'ssh'.repeat(3000)}`,
  'usr/sbin/vmcore-dmesg': '\x7fELF',
  'usr/lib/dracut/hostonly-kernel-modules.txt': 'nvme\nnvme_core\nigb\n',
  'usr/lib/dracut/modules.txt': 'kdumpbase\nsquash\nssh-client\n',
  [`${modules}/nvme/host/nvme.ko.xz`]: 'module',
  [`${modules}/net/ethernet/intel/igb/igb.ko.xz`]: 'module',
  // As many names as a real one has, so that tables go over several blocks.
  ...Object.fromEntries(
    Array.from({ length: 700 }, (_, index) => [
      `usr/lib/udev/rules.d/${index + 10}-rule-of-a-device.rules`,
      `KERNEL=="device${index}", TAG+="systemd"\n`,
    ]),
  ),
};

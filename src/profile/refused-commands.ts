// No profile can write: what would let an item change the machine is refused when a profile is read, shipped ones and
// those of users alike. Two lists: commands that are never for reading, and arguments that turn a reader into a writer.

const shellsAndInterpreters =
  'sh bash dash zsh ksh mksh csh tcsh fish ash busybox toybox env xargs parallel find-exec eval exec source ' +
  'python python2 python3 perl ruby node nodejs php lua tclsh expect awk gawk mawk nawk sed ed ex vi vim emacs m4 ' +
  'make git gdb strace ltrace perf bpftrace stap';
const otherUsers =
  'sudo su doas runuser pkexec setpriv chroot unshare nsenter setsid nohup at batch crontab-e';
// Their arguments are another command, which nobody would look at.
const launchers =
  'nice timeout stdbuf unbuffer watch script flock time chpst softlimit prlimit cgexec run-parts start-stop-daemon ' +
  'systemd-cat dbus-run-session screen tmux ansible ansible-playbook salt salt-call ld.so ldd linux32 ' +
  'linux64 setarch i386 x86_64 catchsegv proot fakeroot';
const writers =
  'rm rmdir mv cp dd ln mkdir mknod mkfifo touch tee truncate shred install chmod chown chgrp chattr setfacl setfattr ' +
  'tar cpio rsync scp sftp ftp ssh curl wget nc ncat netcat socat telnet mail sendmail logger write wall';
const changers =
  'kill killall killall5 pkill reboot shutdown halt poweroff init telinit systemd-run modprobe insmod rmmod depmod kexec ' +
  'mkfs mke2fs mkswap swapoff umount fsck e2fsck xfs_repair fsfreeze fstrim blkdiscard wipefs sgdisk mkdumprd ' +
  'lvcreate lvremove lvchange lvextend vgchange vgcreate vgremove pvcreate pvremove ' +
  'useradd userdel usermod groupadd passwd chpasswd visudo setenforce setsebool restorecon ' +
  'apt dpkg-reconfigure update-grub grub-install grub2-mkconfig dracut mkinitrd mkinitramfs update-initramfs ' +
  'iptables-restore nft-restore ntpdate adjtimex-set sync renice ionice chrt taskset gcore tcpdump rescan-scsi-bus.sh';

const refusedCommands = new Set(
  [shellsAndInterpreters, otherUsers, launchers, writers, changers].join(' ').split(' '),
);

/** Arguments that make a command of which other uses are fine write, block for ever or leak keys. */
const refusedArguments: readonly (readonly [command: RegExp, argument: RegExp])[] = [
  [
    /^systemctl$/,
    /^(?:start|stop|restart|try-restart|reload|reload-or-restart|kill|isolate|enable|disable|mask|unmask|edit|set-.*|unset-.*|import-.*|daemon-.*|reset-failed|clean|freeze|thaw|link|preset|revert|add-.*|reboot|poweroff|halt|kexec|emergency|rescue|default|suspend|hibernate|switch-root)$/,
  ],
  [/^(?:service|rc-service|chkconfig)$/, /^(?:start|stop|restart|reload|on|off|--add|--del)$/],
  [
    /^journalctl$/,
    /^(?:--vacuum.*|--rotate|--flush|--sync|--relinquish.*|--setup-keys|--update-catalog|-f|--follow)$/,
  ],
  [
    /^(?:loginctl|machinectl|timedatectl|hostnamectl|localectl|networkctl|resolvectl|bootctl|coredumpctl|busctl)$/,
    /^(?:set-.*|terminate-.*|kill-.*|lock-.*|enable-.*|disable-.*|install|update|remove|up|down|renew|reconfigure|reload|delete|flush-.*|reset-.*|revert|dump|debug|gdb|call|emit|monitor|capture|start|poweroff|reboot)$/,
  ],
  [/^systemd-inhibit$/, /^(?!--(?:list|no-pager|no-legend)$).+/],
  [/^systemd-analyze$/, /^(?:set-.*|log-level|log-target|service-watchdogs)$/],
  [/^sysctl$/, /^(?:-w|--write|-p.*|--load.*|--system|.*=.*)$/],
  [/^dmesg$/, /^(?:-c|-C|-D|-E|-n.*|--clear|--read-clear|--console-.*|-w|-W|--follow.*)$/],
  [
    /^(?:ip|bridge|tc|devlink|dcb|rdma)$/,
    /^(?:add|del|delete|set|change|replace|append|flush|save|restore|exec|monitor|-b|-batch|--batch|-force)$/,
  ],
  [/^ss$/, /^(?:-K|--kill|-E|--events|-D.*|--diag.*)$/],
  [
    /^ethtool$/,
    /^(?:-[eEACGKLNXUWstprfF]|--(?:change|set|reset|identify|negotiate|offline|flash|eeprom|test|pause|coalesce|features|config).*)$/,
  ],
  [
    /^(?:iptables|ip6tables|ebtables|arptables)$/,
    /^(?:-[ADIRFXZNPE]|--(?:append|delete|insert|replace|flush|zero|new-chain|policy|rename-chain).*)$/,
  ],
  [
    /^nft$/,
    /^(?:add|delete|flush|insert|replace|create|rename|reset|destroy|monitor|-f|--file|-i|--interactive)$/,
  ],
  [/^conntrack$/, /^(?:-[DIUFE]|--(?:delete|create|update|flush|event))$/],
  [
    /^(?:firewall-cmd|ufw)$/,
    /^(?:--(?:add|remove|set|reload|complete-reload|runtime-to|panic|delete|new|change).*|enable|disable|reset|allow|deny|reject|limit|delete|insert|reload)$/,
  ],
  [/^find$/, /^-(?:exec|execdir|ok|okdir|delete|fprint.*|fls)$/],
  [/^(?:date|hwclock|timedatectl)$/, /^(?:-s.*|--set.*|-w|--systohc|--hctosys|-a|--adjust)$/],
  [
    /^chronyc$/,
    /^(?:makestep|burst|online|offline|add|delete|reset.*|settime|trimrtc|writertc|rekey|shutdown|cyclelogs|dump)$/,
  ],
  [
    /^(?:mount|mount\.nfs)$/,
    /^(?:[^-].*|-[oarwBRMt].*|--(?:bind|all|move|rbind|options|types|make).*)$/,
  ],
  [/^swapon$/, /^(?:-[aefpdUL].*|--(?:all|discard|priority)|\/.*)$/],
  [
    /^dmsetup$/,
    /^(?:--showkeys|create|remove.*|suspend|resume|load|reload|clear|message|rename|wipe_table|mknodes|wait.*|setgeometry|udevcomplete.*|udevcreatecookie)$/,
  ],
  [/^multipath$/, /^-[fFrwWaA]$/],
  [
    /^multipathd$/,
    /^(?:add|remove|del|resize|reset|reconfigure|suspend|resume|reinstate|fail|disablequeueing|restorequeueing|switch|shutdown)$/,
  ],
  [
    /^mdadm$/,
    /^(?:-[CAGSRowafr]|--(?:create|assemble|stop|grow|manage|add|remove|fail|zero.*|readonly|readwrite|run|build|monitor).*)$/,
  ],
  [
    /^(?:vgdisplay|vgs|pvs|lvs|pvscan|vgscan|lvscan|lvm|lvmdump)$/,
    /^(?:--cache|--mknodes|--activate|-a[yn]|--notifydbus)$/,
  ],
  [
    /^cryptsetup$/,
    /^(?:open|close|luksOpen|luksClose|luksFormat|luks.*Key|luksErase|luksHeader.*|reencrypt|resize|--dump-.*key|--master-key.*|erase|repair)$/,
  ],
  [
    /^nvme$/,
    /^(?:format|sanitize|reset|subsystem-reset|write.*|fw-.*|set-.*|create-.*|delete-.*|attach.*|detach.*|connect.*|disconnect.*|device-self-test|security-.*|admin-passthru|io-passthru|flush|dsm)$/,
  ],
  [
    /^(?:smartctl|hdparm|sdparm)$/,
    /^(?:-[stXoS].*|--(?:test|smart|set|abort|offlineauto|saveauto|security|yes|trim).*)$/,
  ],
  [/^hdparm$/, /^-[yYzZfFwW].*$/],
  [/^openssl$/, /^(?:enc|rand|gen.*|-out|-writerand|-key.*|pkcs12|rsa|pkey|ec)$/],
  [/^blockdev$/, /^--(?:set.*|flushbufs|rereadpt)$/],
  [/^losetup$/, /^(?:-[dDfcPr].*|--(?:detach.*|find|set.*|partscan|read-only).*|\/.*)$/],
  [
    /^(?:parted|fdisk|sfdisk|gdisk)$/,
    /^(?:mk.*|rm|resizepart|set|name|rescue|toggle|-w|--wipe.*|--delete|--append)$/,
  ],
  [/^(?:tune2fs|xfs_admin)$/, /^-(?:[cCeEfgiIjJLmMoOrTQUzjps].*)$/],
  [
    /^(?:btrfs)$/,
    /^(?:balance|create|delete|defragment|start|cancel|resume|replace|add|remove|resize|sync|label|rescue|check|restore|set.*|send|receive)$/,
  ],
  [
    /^(?:zpool|zfs)$/,
    /^(?:create|destroy|scrub|clear|export|import|add|remove|attach|detach|replace|online|offline|set|rollback|snapshot|mount|unmount|upgrade|send|receive|load-key|unload-key)$/,
  ],
  [/^(?:iscsiadm)$/, /^(?:-o|--op|--login|--logout|-l|-u|-R|--rescan|-k|--killiscsid|discovery)$/],
  [
    /^(?:rpm)$/,
    /^(?:-[iUFe].*|--(?:install|upgrade|erase|rebuilddb|initdb|import|setperms|setugids|reinstall|restore).*)$/,
  ],
  [
    /^dpkg$/,
    /^(?:-[irPC]?[irP]|--(?:install|remove|purge|configure|unpack|set-.*|clear-.*|add-.*|triggers-only|merge-avail|update-avail))$/,
  ],
  [
    /^(?:apt-get|apt-cache|apt-mark|apt-key|apt-config|snap|pro|ua|flatpak|dnf|yum|zypper|transactional-update|rpm-ostree)$/,
    /^(?:install|remove|purge|update|upgrade|dist-upgrade|full-upgrade|autoremove|clean|autoclean|hold|unhold|auto|manual|gencaches|download|refresh|revert|enable|disable|attach|detach|set|unset|fix|in|rm|up|dup|patch|al|rl|ar|rr|mr|addrepo|removerepo|addlock|removelock|ref|makecache|distro-sync|undo|redo|rollback|reset|switch-to)$/,
  ],
  [
    /^subscription-manager$/,
    /^(?:register|unregister|attach|remove|clean|refresh|import|config|repos|auto-attach|redeem|syspurpose)$/,
  ],
  [
    /^SUSEConnect$/,
    /^(?:-[rpdu].*|--(?:regcode|product|de-register|url|cleanup|rollback|write-config).*)$/,
  ],
  [
    /^(?:kdumpctl|kdump-config|kdumptool|mkdumprd)$/,
    /^(?:start|stop|restart|reload|unload|load|rebuild|propagate|test|reset-.*|delete_dumps|save_dump|print_target|setup-crypttab|symlinks|savecore)$/,
  ],
  [/^(?:grubby)$/, /^--(?:add|remove|update|set|args|copy|make|title|initrd|bad).*$/],
  [
    /^(?:efibootmgr|mokutil|grub2-editenv|grub-editenv)$/,
    /^(?:-[aAbBcCDnNoOtTwL].*|--(?:create|delete|active|inactive|bootnext|bootorder|timeout|import|reset|password|disable|enable|set|revoke).*|set|unset|create)$/,
  ],
  [
    /^ipmitool$/,
    /^(?:clear|set|power|reset|on|off|cycle|soft|bmc|raw|exec|sol|activate|deactivate|delete|identify|policy|write|upgrade|add|enable|disable)$/,
  ],
  [
    /^(?:virsh)$/,
    /^(?!(?:-r|--readonly|-c|list|--all|capabilities|nodeinfo|version|domstats|dumpxml|nodememstats|nodecpustats|net-list|pool-list|iface-list|sysinfo|qemu:\/\/\/system|--raw|--nowait|\{\})$).+/,
  ],
  [
    /^(?:docker|podman|crictl|ctr|nerdctl|buildah|kubectl|oc)$/,
    /^(?:run|exec|start|stop|stopp|kill|rm|rmi|rmp|runp|pull|push|build|commit|cp|create|delete|apply|patch|edit|scale|drain|cordon|prune|restart|pause|unpause|update|attach|login|logout|save|load|import|export|tag|rename|init|checkpoint|restore|debug)$/,
  ],
  [
    /^(?:crm|pcs|crm_resource|crm_node|corosync-cmapctl|corosync-cfgtool|drbdadm|stonith_admin)$/,
    /^(?:create|delete|remove|start|stop|standby|unstandby|move|ban|clear|cleanup|refresh|set|enable|disable|add|destroy|setup|auth|fence|confirm|kill|reload|up|down|primary|secondary|connect|disconnect|adjust|invalidate|-[sdtD]|-R|-H|-k|-e)$/,
  ],
  [/^corosync-quorumtool$/, /^-[enfv]/],
  [/^(?:semanage)$/, /^(?:-[adDmiM]|--(?:add|delete|deleteall|modify|input|enable|disable))$/],
  [/^(?:auditctl)$/, /^-(?:[aAdDeEfrRbwWkm]|-.*)$/],
  [/^(?:ausearch|aureport)$/, /^(?:--checkpoint)$/],
  [/^(?:faillock|pam_tally2)$/, /^--(?:reset|user)$/],
  [
    /^(?:update-crypto-policies|fips-mode-setup|authselect|alternatives|update-alternatives)$/,
    /^(?:--(?:set|enable|disable|install|remove|auto|config|no-reload)|select|apply-changes|enable-feature|disable-feature|create-profile|backup.*)$/,
  ],
  [/^crontab$/, /^-(?:[eri].*)$/],
  [
    /^(?:tuned-adm|saptune|cpupower|turbostat|numactl|ipcrm|pmstat|sar|perf)$/,
    /^(?:profile|off|recommend-apply|apply|revert|start|stop|restart|-o|--out|frequency-set|idle-set|set|--interleave.*|--membind.*|--cpunodebind.*|record|daemon)$/,
  ],
  [/^(?:mcelog)$/, /^--(?:daemon|ascii|no-syslog|logfile.*)$/],
  [/^(?:coredumpctl)$/, /^(?:dump|debug|gdb|-o|--output.*)$/],
  [/^(?:cloud-init)$/, /^(?:init|modules|clean|single|collect-logs)$/],
  [/^(?:exportfs)$/, /^-(?:[aruif].*)$/],
  [/^(?:automount|rpcinfo|nfsstat|showmount)$/, /^(?:-[dzuUf]|--zero)$/],
  [/^(?:lsof)$/, /^[+-]r.*$/],
  [/^(?:top)$/, /^-?[^-]*[pW]$/],
  [/^(?:lsinitrd|lsinitramfs|unmkinitramfs)$/, /^(?:--unpack|-u.*|--kmoddir)$/],
  [/^(?:teamdctl)$/, /^(?:set|port|noports)$/],
  [
    /^(?:nmcli)$/,
    /^(?:up|down|add|modify|edit|delete|reload|load|connect|disconnect|reapply|set|monitor|wifi|on|off|import|export|--show-secrets|-s|clone|hostname|permissions|logging)$/,
  ],
  [
    /^(?:nmstatectl|wicked)$/,
    /^(?:apply|set|edit|commit|rollback|ifup|ifdown|ifreload|ifcheck|bootp|arp|test|nanny|-s|--show-secrets|service|policy)$/,
  ],
  [/^(?:bpftool)$/, /^(?:load|attach|detach|pin|create|update|delete|run|tracelog|freeze|dump)$/],
  [/^(?:sshd)$/, /^(?!-[Tt]$).+/],
  [/^(?:logrotate)$/, /^(?!(?:--debug|-d|\/etc\/logrotate\.conf)$).+/],
  [/^(?:hostname)$/, /^(?:[^-].*|-[bFa].*)$/],
  [/^(?:getent)$/, /^(?:shadow|gshadow)$/],
];

// They would read what the engine refuses to (keys, memory, pipes) and without its limits.
const readers = new Set(
  'cat tac head tail less more grep egrep zgrep strings hexdump od xxd zcat gzip xz zstd base64 sort'.split(
    ' ',
  ),
);

/** Why a command must not stand in a profile; undefined when it may. `argv` is without device names filled in. */
export function whyRefused(argv: readonly string[]): string | undefined {
  const name = commandName(argv[0] ?? '');
  if (readers.has(name)) return `"${name}" has no place in a profile: name the files with "read"`;
  if (
    refusedCommands.has(name) ||
    /^(?:mkfs|fsck)\./.test(name) ||
    /^ld(?:-linux.*|-\d.*|64)?\.so/.test(name) ||
    /^(?:python|perl|ruby|lua)[\d.]+$/.test(name)
  ) {
    return `"${name}" can change the machine or run other things: profiles only read`;
  }
  for (const [command, argument] of refusedArguments) {
    const bad = command.test(name) ? argv.slice(1).find((text) => argument.test(text)) : undefined;
    if (bad !== undefined)
      return `"${name} ${bad}" can change the machine, never ends or shows secrets: profiles only read`;
  }
  return undefined;
}

function commandName(text: string): string {
  return text.slice(text.lastIndexOf('/') + 1);
}

#!/bin/sh
# build-image.sh OUT: makes the guest's two root disks below OUT (as root, in a mount and process namespace of its own).
#
#   base.img     Debian 12, one kernel, kdump-tools switched on, its crash initrd built
#   updated.img  the same machine after a kernel update whose kdump hook did not run
#   base.vmlinuz, base.initrd, updated.vmlinuz, updated.initrd   for QEMU's direct boot
#   versions     name=value lines: what was installed
#
# Debian's hook normally builds the crash initrd with MODULES=dep from the machine it runs on; that would be the build
# host here, so the list of modules is written out.
set -eu
out=$1 here=$(cd "$(dirname "$0")" && pwd)
mirror=${SONAE_VM_MIRROR:-http://deb.debian.org/debian}
security=${SONAE_VM_SECURITY_MIRROR:-http://deb.debian.org/debian-security}
export DEBIAN_FRONTEND=noninteractive LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin

if [ "${SONAE_VM_INSIDE-}" != 1 ]; then
  exec env SONAE_VM_INSIDE=1 unshare --mount --pid --fork --kill-child sh "$here/build-image.sh" "$out"
fi

root=$out/root
mkdir -p "$out"
rm -rf --one-file-system "$root"

debootstrap --variant=minbase \
  --include=systemd,systemd-sysv,udev,kmod,dbus,procps,mawk,less,initramfs-tools,zstd,lsb-release,linux-base,psmisc,ca-certificates,file \
  bookworm "$root" "$mirror"

printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod +x "$root/usr/sbin/policy-rc.d"
cat >"$root/etc/apt/sources.list" <<E
deb $mirror bookworm main
deb $security bookworm-security main
E
echo 'MODULES=list' >"$root/etc/initramfs-tools/conf.d/modules"
printf '%s\n' virtio_pci virtio_blk ext4 crc32c_generic >"$root/etc/initramfs-tools/modules"

mountpoint -q "$root/proc" || mount -t proc proc "$root/proc"
mountpoint -q "$root/sys" || mount -t sysfs -o ro sys "$root/sys"
in_guest() { chroot "$root" "$@"; }
install_packages() { in_guest apt-get install -qq -y --no-install-recommends "$@"; }
in_guest apt-get update -qq

# The two newest kernels that the archive has: one to run, one to come as an update.
kernels=$(in_guest apt-cache search --names-only '^linux-image-6\.1\.0-[0-9]+-amd64$' | cut -d' ' -f1 | sort -V | tail -2)
base=$(echo "$kernels" | sed -n 's/^linux-image-//p' | head -1)
updated=$(echo "$kernels" | sed -n 's/^linux-image-//p' | tail -1)
[ "$base" != "$updated" ] || { echo "the archive has one kernel only, an update needs two" >&2; exit 1; }

echo 'kdump-tools kdump-tools/use_kdump boolean true' | in_guest debconf-set-selections
echo 'kexec-tools kexec-tools/load_kexec boolean false' | in_guest debconf-set-selections
# The boot menu is written in the guest by update-grub: grub-probe finds no disk here. Nothing boots from it, but it is
# what the next start of a real machine would read.
install_packages kdump-tools makedumpfile kexec-tools busybox grub2-common
install_packages "linux-image-$base"
# For a target on another machine: the card as Debian's installer sets it up. A guest without a card is not held up by it.
install_packages ifupdown openssh-client
cat >"$root/etc/network/interfaces" <<E
auto lo
iface lo inet loopback

allow-hotplug eth0
iface eth0 inet static
  address 10.0.2.15/24
E

sed -i 's/^USE_KDUMP=.*/USE_KDUMP=1/' "$root/etc/default/kdump-tools"
echo 'GRUB_CMDLINE_LINUX_DEFAULT="$GRUB_CMDLINE_LINUX_DEFAULT crashkernel=256M"' >"$root/etc/default/grub.d/kdump-tools.cfg"
# Where this copy is missing, kdump-config deletes and rebuilds the crash initrd at the first boot.
mkdir -p "$root/var/lib/kdump"
cp "$root/etc/kdump/sysctl.conf" "$root/var/lib/kdump/latest_sysctls-$base"
[ -e "$root/var/lib/kdump/initrd.img-$base" ] || in_guest /etc/kernel/postinst.d/kdump-tools "$base"

echo sonae-guest >"$root/etc/hostname"
echo '127.0.0.1 localhost sonae-guest' >"$root/etc/hosts"
echo 'LABEL=sonae-root / ext4 defaults,errors=remount-ro 0 1' >"$root/etc/fstab"
in_guest passwd -q -d root
install -m 755 "$here/agent.sh" "$root/usr/local/sbin/sonae-vm-agent"
install -m 644 "$here/sonae-vm-agent.service" "$root/etc/systemd/system/"
mkdir -p "$root/opt/sonae"
in_guest systemctl -q enable sonae-vm-agent.service kdump-tools.service
in_guest systemctl -q set-default multi-user.target
in_guest systemctl -q mask apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer fstrim.timer

# Every file of the tree goes into the image: leave out what only the build needed.
make_disk() { # name kernel
  in_guest apt-get clean
  cp "$root/boot/vmlinuz-$2" "$out/$1.vmlinuz"
  cp "$root/boot/initrd.img-$2" "$out/$1.initrd"
  umount "$root/proc" "$root/sys"
  rm -f "$out/$1.img"
  truncate -s 3G "$out/$1.img"
  mkfs.ext4 -q -F -L sonae-root -d "$root" "$out/$1.img"
  mount -t proc proc "$root/proc"
  mount -t sysfs -o ro sys "$root/sys"
}
rm "$root/usr/sbin/policy-rc.d"
make_disk base "$base"

# The update, as it goes wrong in the field: the hook of kdump-tools is not run (lost its mode, failed for want of space).
chmod -x "$root/etc/kernel/postinst.d/kdump-tools"
install_packages "linux-image-$updated"
make_disk updated "$updated"

{
  echo "debian=$(cat "$root/etc/debian_version")"
  echo "kernel=$base"
  echo "updated_kernel=$updated"
  in_guest dpkg-query -W -f '${Package}=${Version}\n' kdump-tools makedumpfile kexec-tools openssh-client ifupdown systemd initramfs-tools "linux-image-$base"
} >"$out/versions"
umount "$root/proc" "$root/sys"
rm -rf --one-file-system "$root"

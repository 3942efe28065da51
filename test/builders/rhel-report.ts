/**
 * The files of a report of sos from a RHEL server with everything that this project's machines lack: SMBIOS, multipath,
 * a bond, SELinux, rpm, a physical network card. In the forms of those commands; all values are invented.
 */
export const rhelReport: Readonly<Record<string, string>> = {
  'version.txt': 'sosreport: 4.8.2\n',
  'sos_reports/manifest.json': '{"version": "4.8.2", "components": {"report": {"sysroot": "/"}}}\n',
  'sos_logs/sos.log': '2026-11-20 03:12:44,121 INFO: [sos_report:setup] executing\n',
  hostname: 'db01.corp.example.net\n',
  'proc/sys/kernel/hostname': 'db01.corp.example.net\n',
  'proc/sys/kernel/osrelease': '5.14.0-427.13.1.el9_4.x86_64\n',
  'proc/sys/kernel/panic': '10\n',
  'proc/sys/kernel/sem': '250\t32000\t100\t128\n',
  'proc/sys/kernel/random/boot_id': '3f0d2c5e-8a41-4b7e-9d37-5c1f0a6b2e94\n',
  'proc/sys/vm/swappiness': '10\n',
  'proc/sys/fs/file-nr': '9824\t0\t9223372036854775807\n',
  'proc/sys/net/ipv4/ip_local_port_range': '32768\t60999\n',
  'proc/sys/net/ipv4/tcp_rmem': '4096\t131072\t6291456\n',
  uname:
    'Linux db01.corp.example.net 5.14.0-427.13.1.el9_4.x86_64 #1 SMP PREEMPT_DYNAMIC Wed Apr 10 10:29:16 EDT 2026 x86_64 x86_64 x86_64 GNU/Linux\n',
  date: 'Fri Nov 20 03:12:45 AM CET 2026\n',
  uptime: ' 03:12:45 up 41 days,  7:02,  3 users,  load average: 18.42, 12.07, 6.11\n',
  'etc/redhat-release': 'Red Hat Enterprise Linux release 9.4 (Plow)\n',
  'etc/os-release':
    'NAME="Red Hat Enterprise Linux"\nVERSION="9.4 (Plow)"\nID="rhel"\nVERSION_ID="9.4"\nPRETTY_NAME="Red Hat Enterprise Linux 9.4 (Plow)"\n',
  'proc/version':
    'Linux version 5.14.0-427.13.1.el9_4.x86_64 (mockbuild@x86-vm-07.build.eng.example.com) (gcc (GCC) 11.4.1, GNU ld version 2.35.2-43.el9) #1 SMP PREEMPT_DYNAMIC Wed Apr 10 10:29:16 EDT 2026\n',
  'proc/cmdline':
    'BOOT_IMAGE=(hd0,gpt2)/vmlinuz-5.14.0-427.13.1.el9_4.x86_64 root=/dev/mapper/rhel-root ro crashkernel=1G-4G:192M,4G-64G:256M,64G-:512M rd.lvm.lv=rhel/root\n',
  'proc/iomem':
    '00001000-0009ffff : System RAM\n00100000-bffdffff : System RAM\n  2a000000-39ffffff : Crash kernel\n100000000-103fffffff : System RAM\n',
  'proc/stat':
    'cpu  1220345 2010 430221 90871123 9823 0 1211 0 0 0\ncpu0 610172 1005 215110 45435561 4911 0 605 0 0 0\ncpu1 610173 1005 215111 45435562 4912 0 606 0 0 0\nbtime 1760000000\n',
  'proc/cpuinfo': ['0', '1']
    .map(
      (cpu) =>
        `processor\t: ${cpu}\nvendor_id\t: GenuineIntel\nmodel name\t: Intel(R) Xeon(R) Gold 6338 CPU @ 2.00GHz\nphysical id\t: 0\nsiblings\t: 2\ncore id\t\t: ${cpu}\ncpu cores\t: 2\nflags\t\t: fpu vme pae lm vmx ht aes constant_tsc rdrand\n`,
    )
    .join('\n'),
  'proc/meminfo':
    'MemTotal:       65536000 kB\nMemFree:         1203344 kB\nBuffers:           20480 kB\nCached:         20971520 kB\nSwapTotal:       8388604 kB\nSwapFree:              0 kB\nDirty:             88012 kB\nSlab:            4194304 kB\nPageTables:      1048576 kB\nHugePages_Total:   10240\nHugePages_Free:      512\nHugepagesize:       2048 kB\n',
  free: '              total        used        free      shared  buff/cache   available\nMem:       65536000    43340656     1203344      212012    20992000    19872340\nSwap:       8388604     8388604           0\n',
  dmidecode: `# dmidecode 3.5
Getting SMBIOS data from sysfs.
SMBIOS 3.2.0 present.

Handle 0x0000, DMI type 0, 26 bytes
BIOS Information
\tVendor: Acme Systems
\tVersion: U46 v2.90
\tRelease Date: 07/19/2026
\tBIOS Revision: 2.90

Handle 0x0001, DMI type 1, 27 bytes
System Information
\tManufacturer: Acme Systems
\tProduct Name: ProServer DL380 Gen10
\tVersion: 1.4
\tSerial Number: CZ20410XKQ
\tUUID: 30373237-3132-5a43-3230-343130584b51

Handle 0x0400, DMI type 4, 48 bytes
Processor Information
\tFamily: Xeon
\tManufacturer: Intel(R) Corporation
\tVersion: Intel(R) Xeon(R) Gold 6338 CPU @ 2.00GHz
\tCurrent Speed: 2000 MHz
\tStatus: Populated, Enabled
\tCore Count: 32
\tThread Count: 64

Handle 0x1100, DMI type 17, 92 bytes
Memory Device
\tSize: 32 GB
\tSerial Number: 4A2F91C7
`,
  'proc/partitions':
    'major minor  #blocks  name\n\n   8        0  976762584 sda\n   8        1     614400 sda1\n 253        0   73400320 dm-0\n',
  'proc/mdstat': 'Personalities : [raid1]\nmd0 : active raid1 sdb1[1] sda1[0]\n',
  'sos_commands/multipath/multipath_-v4_-ll': `mpatha (360002ac0000000000000001200019e2b) dm-2 3PARdata,VV
size=2.0T features='1 queue_if_no_path' hwhandler='1 alua' wp=rw
\`-+- policy='round-robin 0' prio=50 status=active
  |- 1:0:0:1 sdc 8:32 active ready running
  \`- 2:0:1:1 sdd 8:48 failed faulty running
`,
  'sos_commands/block/lsblk':
    'NAME          MAJ:MIN RM   SIZE RO TYPE  MOUNTPOINTS\nsda             8:0    0 931.5G  0 disk  \n├─sda1          8:1    0   600M  0 part  /boot/efi\n└─rhel-root   253:0    0    70G  0 lvm   /\n',
  'sos_commands/filesys/df_-al_-x_autofs':
    'Filesystem                1K-blocks      Used  Available Use% Mounted on\n/dev/mapper/rhel-root      73364480  71200012    2164468  98% /\n/dev/mapper/rhel-home     209612800 100012001  109600799  48% /home/tanaka\n',
  mount:
    '/dev/mapper/rhel-root on / type xfs (rw,relatime,seclabel,attr2,inode64)\n/dev/mapper/rhel-home on /home type xfs (rw,relatime,seclabel)\nnfs01.corp.example.net:/export/backup on /backup type nfs4 (rw,relatime,vers=4.2,addr=10.20.30.9)\n',
  'etc/fstab':
    '/dev/mapper/rhel-root   /       xfs     defaults        0 0\nUUID=7b77-95e7  /boot/efi vfat umask=0077,shortname=winnt 0 2\n',
  'sos_commands/boot/ls_-lanR_.boot':
    '/boot:\ntotal 180\n-rw-------.  1 0 0  68412004 Nov  2 11:20 initramfs-5.14.0-427.13.1.el9_4.x86_64.img\n-rw-------.  1 0 0  33120012 Nov  2 11:24 initramfs-5.14.0-427.13.1.el9_4.x86_64kdump.img\n-rwxr-xr-x.  1 0 0  13605704 Apr 10  2026 vmlinuz-5.14.0-427.13.1.el9_4.x86_64\n',
  'etc/kdump.conf': 'path /var/crash\ncore_collector makedumpfile -l --message-level 7 -d 31\n',
  'sos_commands/systemd/systemctl_list-unit-files':
    'UNIT FILE                    STATE           PRESET\nkdump.service                enabled         enabled\npostgresql.service           enabled         disabled\nchronyd.service              enabled         enabled\n',
  'installed-rpms':
    'kexec-tools-2.0.27-8.el9.x86_64\tTue Oct  6 10:11:12 2026\npostgresql-server-13.14-1.el9_3.x86_64\tTue Oct  6 10:14:02 2026\n',
  'sos_commands/selinux/sestatus_-b':
    'SELinux status:                 enabled\nSELinuxfs mount:                /sys/fs/selinux\nLoaded policy name:             targeted\nCurrent mode:                   enforcing\nMode from config file:          enforcing\n',
  'etc/selinux/config': 'SELINUX=enforcing\nSELINUXTYPE=targeted\n',
  'sos_commands/systemd/timedatectl':
    '               Local time: Fri 2026-11-20 03:12:46 CET\n           Universal time: Fri 2026-11-20 02:12:46 UTC\n                Time zone: Europe/Paris (CET, +0100)\nSystem clock synchronized: yes\n              NTP service: active\n',
  'sos_commands/kernel/dmesg':
    '[    0.000000] Linux version 5.14.0-427.13.1.el9_4.x86_64 (mockbuild@x86-vm-07.build.eng.example.com)\n[    0.000000] BIOS-provided physical RAM map:\n[12345.678901] blk_update_request: I/O error, dev sdd, sector 2048\n',
  'sos_commands/networking/ip_-d_address': `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00 promiscuity 0
    inet 127.0.0.1/8 scope host lo
       valid_lft forever preferred_lft forever
    inet6 ::1/128 scope host
       valid_lft forever preferred_lft forever
2: ens1f0: <BROADCAST,MULTICAST,SLAVE,UP,LOWER_UP> mtu 9000 qdisc mq master bond0 state UP group default qlen 1000
    link/ether 94:40:c9:1a:2b:3c brd ff:ff:ff:ff:ff:ff promiscuity 0 minmtu 68 maxmtu 9702
4: bond0: <BROADCAST,MULTICAST,MASTER,UP,LOWER_UP> mtu 9000 qdisc noqueue state UP group default qlen 1000
    link/ether 94:40:c9:1a:2b:3c brd ff:ff:ff:ff:ff:ff promiscuity 0
    inet 10.20.30.41/24 brd 10.20.30.255 scope global noprefixroute bond0
       valid_lft forever preferred_lft forever
    inet 10.20.30.49/32 scope global bond0:vip
       valid_lft forever preferred_lft forever
    inet6 fe80::9640:c9ff:fe1a:2b3c/64 scope link
       valid_lft forever preferred_lft forever
`,
  'proc/net/dev':
    'Inter-|   Receive                                                |  Transmit\n face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n    lo: 1822344   12011    0    0    0     0          0         0  1822344   12011    0    0    0     0       0          0\nens1f0: 99182233441 88122310   12  9911    3     0          0       112 77120098123 70112231    0    0    0     0       0          0\n',
  'proc/net/bonding/bond0':
    'Ethernet Channel Bonding Driver: v5.14.0-427.13.1.el9_4.x86_64\n\nBonding Mode: IEEE 802.3ad Dynamic link aggregation\nMII Status: up\n\nSlave Interface: ens1f0\nMII Status: up\nSpeed: 25000 Mbps\nDuplex: full\nPermanent HW addr: 94:40:c9:1a:2b:3c\n\nSlave Interface: ens1f1\nMII Status: down\nSpeed: Unknown\nDuplex: Unknown\nPermanent HW addr: 94:40:c9:1a:2b:3d\n',
  'sos_commands/networking/ethtool_ens1f0':
    'Settings for ens1f0:\n\tSupported ports: [ FIBRE ]\n\tSpeed: 25000Mb/s\n\tDuplex: Full\n\tAuto-negotiation: on\n\tLink detected: yes\n',
  'sos_commands/networking/ethtool_-i_ens1f0':
    'driver: bnxt_en\nversion: 5.14.0-427.13.1.el9_4.x86_64\nfirmware-version: 222.0.166.0/pkg 22.21.07.80\nbus-info: 0000:12:00.0\n',
  route:
    'Kernel IP routing table\nDestination     Gateway         Genmask         Flags Metric Ref    Use Iface\n0.0.0.0         10.20.30.1      0.0.0.0         UG    300    0        0 bond0\n10.20.30.0      0.0.0.0         255.255.255.0   U     300    0        0 bond0\n',
  netstat:
    'Active Internet connections (servers and established)\nProto Recv-Q Send-Q Local Address           Foreign Address         State       User       Inode      PID/Program name\ntcp        0      0 0.0.0.0:22              0.0.0.0:*               LISTEN      0          31022      1822/sshd\ntcp        0   8192 10.20.30.41:5432        10.20.31.77:51234       ESTABLISHED 26         99120      2201/postgres\ntcp6       0      0 :::22                   :::*                    LISTEN      0          31024      1822/sshd\n',
  ps: `USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND
root           1  0.0  0.0 173300 12288 ?        Ss   Oct10   2:11 /usr/lib/systemd/systemd --switched-root --system --deserialize 31
postgres    2201 92.4 31.0 20971520 20316160 ?   Rs   Oct10 9912:44 postgres: app orders 10.20.31.77(51234) SELECT
tanaka     30112  0.0  0.0      0     0 ?        D    02:58   0:00 [kworker/u130:2+flush-253:2]
tanaka     30200  0.1  0.0 224012  4096 pts/1    S+   03:01   0:00 less /home/tanaka/report.txt
`,
  lspci:
    '00:00.0 Host bridge: Intel Corporation Device 09a2 (rev 04)\n12:00.0 Ethernet controller: Broadcom Inc. and subsidiaries BCM57414 NetXtreme-E 10Gb/25Gb RDMA Ethernet Controller (rev 01)\n',
  lsmod:
    'Module                  Size  Used by\nbonding               262144  0\ndm_multipath           53248  2 dm_round_robin,dm_service_time\n',
  'sos_commands/kernel/sysctl_-a':
    'fs.file-max = 9223372036854775807\nkernel.panic = 10\nkernel.pid_max = 4194304\nnet.ipv4.tcp_mem = 764412\t1019216\t1528824\nvm.swappiness = 10\nvm.dirty_ratio = 40\n',
  'etc/passwd':
    'root:x:0:0:root:/root:/bin/bash\npostgres:x:26:26:PostgreSQL Server:/var/lib/pgsql:/bin/bash\ntanaka:x:1001:1001:Tanaka Yuki:/home/tanaka:/bin/bash\n',
  'etc/sysconfig/network-scripts/ifcfg-bond0':
    'DEVICE=bond0\nTYPE=Bond\nBOOTPROTO=none\nONBOOT=yes\nIPADDR=10.20.30.41\nPREFIX=24\n',
  'etc/chrony.conf': 'server ntp1.corp.example.net iburst\npool 2.rhel.pool.ntp.org iburst\n',
  'var/log/messages':
    'Nov 20 02:58:01 db01 kernel: sd 2:0:1:1: [sdd] tag#12 FAILED Result: hostbyte=DID_NO_CONNECT\nNov 20 02:58:03 db01 multipathd[912]: mpatha: remaining active paths: 1\nNov 20 03:00:00 db01 sshd[30101]: Accepted publickey for tanaka from 10.20.31.5 port 50122 ssh2\n',
};

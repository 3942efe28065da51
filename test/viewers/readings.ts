import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What a viewer of sos reports takes out of one file, by what its source matches (labels and columns, not its code): `found`
 * is tried on the whole text; groups called `kept…` are what it counts with or shows, groups called `name…` are identities.
 */
export interface Reading {
  readonly viewers: string;
  /** Places below the root of the report, the first that is there is read. */
  readonly paths: readonly string[];
  readonly found: RegExp;
}

/** One report as a viewer sees it: for each reading that finds something, its finds in order. */
export type Seen = ReadonlyMap<Reading, readonly Find[]>;

interface Find {
  readonly kept: readonly string[];
  readonly names: readonly string[];
}

const sysctl = (name: string): Reading => ({
  viewers: 'xsos sysctl',
  paths: [`proc/sys/${name}`],
  found: /^(?<kept>\S[^\n]*)/gm,
});

/** By the sources of xsos (its modules), insights-core (parsers), hotsos (host_helpers) and risu (plugins). */
export const readings: readonly Reading[] = [
  // xsos: OS
  {
    viewers: 'xsos os, insights',
    paths: ['proc/sys/kernel/hostname'],
    found: /^(?<name>\S+)$/gm,
  },
  { viewers: 'xsos os, insights', paths: ['hostname'], found: /^(?<name>\S+)$/gm },
  {
    viewers: 'xsos os, hotsos',
    paths: ['uname', 'sos_commands/kernel/uname_-a'],
    found: /^(?<kept1>Linux) (?<name>\S+) (?<kept2>\S+ .* \S+ \S+)$/gm,
  },
  { viewers: 'xsos os', paths: ['proc/stat'], found: /^(?<kept>cpu\S+|btime \d+)/gm },
  { viewers: 'xsos os, hotsos', paths: ['date'], found: /^(?<kept>\w{3} .*\d:\d\d:\d\d.*\d{4})/gm },
  {
    viewers: 'xsos os, hotsos',
    paths: ['uptime', 'sos_commands/host/uptime'],
    found: /(?<kept>\bup\b.*users?, +load average: [\d., ]+)$/gm,
  },
  {
    viewers: 'xsos os, insights, risu',
    paths: ['etc/redhat-release'],
    found: /^(?<kept>.* release [\d.]+ .*)$/gm,
  },
  {
    viewers: 'xsos os, hotsos',
    paths: ['etc/os-release', 'usr/lib/os-release'],
    found: /^(?<kept>(?:PRETTY_NAME|VERSION|ID|VERSION_ID|VERSION_CODENAME)=.*)$/gm,
  },
  {
    viewers: 'xsos os',
    paths: ['proc/version'],
    found: /^(?<kept1>Linux version \S+) \((?<name>\S+)\)(?<kept2>.*)$/gm,
  },
  {
    viewers: 'xsos os, insights',
    paths: ['sos_commands/kernel/dmesg'],
    found: /^(?<kept>\[[ \d.]+\].*Linux version \S+)/gm,
  },
  {
    viewers: 'xsos os, risu',
    paths: ['sos_commands/selinux/sestatus_-b'],
    found:
      /^(?<kept>(?:SELinux status|Current mode|Mode from config file|Loaded policy name):\s+\S+)/gm,
  },
  {
    viewers: 'xsos os',
    paths: ['etc/selinux/config'],
    found: /^(?<kept>SELINUX(?:TYPE)?=\w+)$/gm,
  },
  {
    viewers: 'xsos os',
    paths: ['sos_commands/systemd/timedatectl'],
    found: /^ +(?<kept>[A-Z][\w ]+: .*)$/gm,
  },
  // xsos: KDUMP
  {
    viewers: 'xsos kdump, insights',
    paths: ['proc/cmdline'],
    found: /(?<kept>crashkernel=\S+|root=\S+|\bro\b)/gm,
  },
  {
    viewers: 'xsos kdump',
    paths: ['proc/iomem'],
    found: /^(?<kept>.*(?:Crash kernel|System RAM))$/gm,
  },
  {
    viewers: 'xsos kdump, insights',
    paths: ['etc/kdump.conf'],
    found: /^(?<kept>(?:path|core_collector|dracut_args|ext4|xfs|default|failure_action) .*)$/gm,
  },
  {
    viewers: 'xsos kdump, risu',
    paths: ['sos_commands/filesys/df_-al_-x_autofs', 'df'],
    found:
      /^(?<name1>\S+) +(?<kept>(?:\d+|-) +(?:\d+|-) +(?:\d+|-) +(?:\d+%|-)) +(?<name2>\/\S*)$/gm,
  },
  {
    viewers: 'xsos kdump',
    paths: ['sos_commands/boot/ls_-lanR_.boot'],
    found: /^-\S+ +\d+ +\d+ +\d+ +(?<kept>\d+ .*(?:initr|vmlinu).*)$/gm,
  },
  {
    viewers: 'xsos kdump, hotsos, insights',
    paths: ['sos_commands/systemd/systemctl_list-unit-files'],
    found: /^(?<kept>\S+\.(?:service|timer|socket|target) +\w+)/gm,
  },
  {
    viewers: 'xsos kdump, insights',
    paths: ['installed-rpms'],
    found: /^(?<kept>\S+-\S+-\S+\.\w+)\s/gm,
  },
  {
    viewers: 'hotsos',
    paths: ['sos_commands/dpkg/dpkg_-l'],
    found: /^(?<kept>ii +\S+ +\S+ +\S+)/gm,
  },
  // xsos: CPU, MEM, INTRUPT, SOFTIRQ
  {
    viewers: 'xsos cpu, insights',
    paths: ['proc/cpuinfo'],
    found:
      /^(?<kept>(?:processor|model name|vendor_id|physical id|siblings|core id|cpu cores|flags)\s*:.*)$/gm,
  },
  { viewers: 'xsos mem, all', paths: ['proc/meminfo'], found: /^(?<kept>\w[\w()]*: +\d+.*)$/gm },
  {
    viewers: 'insights, hotsos',
    paths: ['free', 'sos_commands/memory/free'],
    found: /^(?<kept>(?:Mem|Swap): .*)$/gm,
  },
  { viewers: 'xsos softirq', paths: ['proc/net/softnet_stat'], found: /^(?<kept>[\da-f ]+)$/gm },
  { viewers: 'xsos intrupt', paths: ['proc/interrupts'], found: /^ *(?<kept>\w+: +\d+ .*)$/gm },
  // xsos: BIOS
  {
    viewers: 'xsos bios, insights',
    paths: ['dmidecode', 'sos_commands/hardware/dmidecode'],
    found:
      /^(?<kept>Handle 0x\w+, DMI type \d+.*|(?:BIOS|System|Processor|Base Board) Information|Memory Device|Physical Memory Array|\t(?:Vendor|Version|Release Date|BIOS Revision|Manufacturer|Product Name|Status|Core Count|Thread Count|Family|Current Speed|Size|Maximum Capacity):.*)$/gm,
  },
  {
    viewers: 'xsos bios',
    paths: ['dmidecode', 'sos_commands/hardware/dmidecode'],
    found: /^\t(?:Serial Number|UUID): (?<name>\S.*)$/gm,
  },
  // xsos: DISKS, MPATH
  {
    viewers: 'xsos disks',
    paths: ['proc/partitions'],
    found: /^ *(?<kept>\d+ +\d+ +\d+ +\S+)$/gm,
  },
  { viewers: 'xsos disks', paths: ['proc/mdstat'], found: /^(?<kept>md\S* : .*)$/gm },
  {
    viewers: 'xsos mpath, insights',
    paths: ['sos_commands/multipath/multipath_-v4_-ll'],
    found:
      /^(?<kept>mpath\w+|size=.*|[|`]-\+- policy.*|[ |]+[|`]- \d+:\d+:\d+:\d+ \S+ +\d+:\d+ .*)/gm,
  },
  {
    viewers: 'xsos disks, insights',
    paths: ['sos_commands/block/lsblk'],
    found: /^(?<kept>[^\w\n]*\w\S* +\d+:\d+ +\d +[\d.]+\w? +\d +\w+.*)$/gm,
  },
  {
    viewers: 'insights',
    paths: ['mount', 'sos_commands/filesys/mount_-l'],
    found: /^(?<name1>\S+) on (?<name2>\S+) type (?<kept>\S+) \(\S+\)/gm,
  },
  { viewers: 'insights', paths: ['etc/fstab'], found: /^(?<kept>\S+\s+\/\S*\s+\w+\s+\S+.*)$/gm },
  // xsos: IP, NETDEV, BONDING, ETHTOOL
  {
    viewers: 'xsos ip, hotsos, insights, risu',
    paths: ['sos_commands/networking/ip_-d_address', 'ip_addr'],
    found: /^(?<kept>\d+: \S+: <\S+>(?: mtu \d+)?.*)$/gm,
  },
  {
    viewers: 'xsos ip',
    paths: ['sos_commands/networking/ip_-d_address'],
    found: /^ +(?<kept1>link\/\S+) (?<name>..:..:..:..:..:..)(?<kept2> brd) ..:..:..:..:..:../gm,
  },
  {
    viewers: 'xsos ip, hotsos',
    paths: ['sos_commands/networking/ip_-d_address'],
    found: /^ +(?<kept1>inet) (?<name>[\d.]+)(?<kept2>\/\d+) .*(?<kept3>scope \w+ \S.*)$/gm,
  },
  {
    viewers: 'xsos ip',
    paths: ['sos_commands/networking/ip_-d_address'],
    found: /^ +(?<kept1>inet6) (?<name>[\da-f:]+)(?<kept2>\/\d+ scope \w+)/gm,
  },
  {
    viewers: 'xsos netdev, insights',
    paths: ['proc/net/dev'],
    found: /^ *(?<kept>\S+:(?: +\d+){16})$/gm,
  },
  {
    viewers: 'xsos bonding, insights',
    paths: ['proc/net/bonding/bond0'],
    found: /^(?<kept>(?:Bonding Mode|MII Status|Slave Interface|Speed|Duplex): .*)$/gm,
  },
  {
    viewers: 'xsos bonding',
    paths: ['proc/net/bonding/bond0'],
    found: /^Permanent HW addr: (?<name>\S+)$/gm,
  },
  {
    viewers: 'xsos ethtool, insights',
    paths: ['sos_commands/networking/ethtool_ens1f0'],
    found: /^\t(?<kept>(?:Speed|Duplex|Link detected|Auto-negotiation): .*)$/gm,
  },
  {
    viewers: 'xsos ethtool',
    paths: ['sos_commands/networking/ethtool_-i_ens1f0'],
    found: /^(?<kept>(?:driver|version|firmware-version|bus-info): .*)$/gm,
  },
  {
    viewers: 'insights',
    paths: ['route', 'sos_commands/networking/route_-n'],
    found: /^(?<name1>[\d.]+) +(?<name2>[\d.]+) +(?<kept>[\d.]+ +[A-Z!]+ .* \S+)$/gm,
  },
  {
    viewers: 'insights, hotsos',
    paths: ['netstat', 'sos_commands/networking/netstat_-W_-neopa'],
    found: /^(?<kept>(?:tcp|udp)6? +\d+ +\d+) +\S+:(?:\d+|\*) +\S+:(?:\d+|\*) +/gm,
  },
  // xsos: PS, LSPCI; all others
  {
    viewers: 'xsos ps, insights, risu',
    paths: ['ps', 'sos_commands/process/ps_auxwwwm'],
    found:
      /^(?<name>\S+) +(?<kept>(?:\d+|-) +[\d.]+ +(?:[\d.]+|-) +(?:\d+|-) +(?:\d+|-) +\S+ +\S+ +\S+ +[\d:]+ +\S+)/gm,
  },
  {
    viewers: 'xsos ps',
    paths: ['ps', 'sos_commands/process/ps_auxwwwm'],
    found: /^(?<kept>USER +PID +%CPU +%MEM +VSZ +RSS +TTY +STAT +START +TIME +COMMAND)$/gm,
  },
  {
    viewers: 'xsos lspci, insights',
    paths: ['lspci', 'sos_commands/pci/lspci_-nnvv'],
    found: /^(?<kept>[\da-f]{2}:[\da-f]{2}\.\d .*)$/gm,
  },
  {
    viewers: 'insights, risu',
    paths: ['lsmod', 'sos_commands/kernel/lsmod'],
    found: /^(?<kept>\w+ +\d+ +\d+.*)$/gm,
  },
  {
    viewers: 'hotsos, insights',
    paths: ['sos_commands/kernel/sysctl_-a'],
    found: /^(?<kept>(?:vm|fs|kernel\.(?:panic|pid|sysrq|threads|msg|sem|shm))[\w.-]* = .*)$/gm,
  },
  {
    viewers: 'insights',
    paths: ['etc/passwd'],
    found: /^(?<name>[^:\n]+):(?<kept1>\w*:\d+:\d+):[^:\n]*:[^:\n]*:(?<kept2>\S+)$/gm,
  },
  {
    viewers: 'insights',
    paths: ['etc/sysconfig/network-scripts/ifcfg-bond0'],
    found: /^(?<kept>(?:DEVICE|TYPE|BOOTPROTO|ONBOOT|PREFIX)=\S+)$/gm,
  },
  {
    viewers: 'insights, risu',
    paths: ['etc/chrony.conf'],
    found: /^(?<kept1>server|pool) (?<name>\S+)(?<kept2>.*)$/gm,
  },
  {
    viewers: 'all',
    paths: ['var/log/messages'],
    found: /^(?<kept1>\w{3} [ \d]\d [\d:]{8}) (?<name>\S+) (?<kept2>[\w.-]+(?:\[\d+\])?:)/gm,
  },
  // xsos: SYSCTL, the ones that say most
  ...words(`kernel/osrelease kernel/hung_task_timeout_secs kernel/panic kernel/sem kernel/shmmax kernel/sysrq fs/file-nr
    fs/inode-nr net/core/rmem_max net/ipv4/ip_local_port_range net/ipv4/tcp_rmem net/ipv4/tcp_mem vm/dirty_ratio
    vm/overcommit_memory vm/swappiness kernel/random/boot_id`).map(sysctl),
];

/** What the viewers take from the unpacked report in `top`. */
export function see(top: string): Seen {
  const seen = new Map<Reading, readonly Find[]>();
  for (const reading of readings) {
    const path = reading.paths.find((one) => existsSync(join(top, one)));
    if (path === undefined) continue;
    const text = readFileSync(join(top, path), 'utf8');
    const finds = [...text.matchAll(reading.found)].map(({ groups }) => findOf(groups ?? {}));
    if (finds.length > 0) seen.set(reading, finds);
  }
  return seen;
}

/**
 * What a viewer would see otherwise in `after` than in `before`: finds that are gone or changed, and names that are not
 * replaced one for one all over the report. Empty is what should be.
 */
export function differences(before: Seen, after: Seen): string[] {
  const told: string[] = [];
  const [there, back] = [new Map<string, string>(), new Map<string, string>()];
  for (const [reading, was] of before) {
    const is = after.get(reading) ?? [];
    const where = `${reading.viewers}: ${reading.paths[0]}`;
    if (was.length !== is.length) told.push(`${where}: ${was.length} finds, now ${is.length}`);
    for (const [index, find] of is.entries()) {
      const old = was[index];
      if (old === undefined) continue;
      if (old.kept.join(' ') !== find.kept.join(' '))
        told.push(`${where}: ${old.kept.join(' ')} became ${find.kept.join(' ')}`);
      for (const [place, name] of old.names.entries()) {
        const alias = find.names[place] ?? '';
        if ((there.get(name) ?? alias) !== alias || (back.get(alias) ?? name) !== name)
          told.push(`${where}: ${name} is ${alias} here, and not everywhere`);
        there.set(name, alias);
        back.set(alias, name);
      }
    }
  }
  return told;
}

function findOf(groups: Readonly<Record<string, string | undefined>>): Find {
  const of = (kind: string) =>
    Object.entries(groups).flatMap(([name, value]) =>
      name.startsWith(kind) && value !== undefined ? [value] : [],
    );
  return { kept: of('kept'), names: of('name') };
}

function words(text: string): string[] {
  return text.trim().split(/\s+/);
}

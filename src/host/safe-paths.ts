// Files whose reading takes no lock that trouble can hold and looks up no path outside procfs (tier T0): counters
// kept in memory by the kernel. Deliberately short: cmdline, maps and environ of a process take its mmap lock,
// attributes of network devices the rtnl lock, those of disks ask the device.
const safe: readonly RegExp[] = [
  /^\/proc\/(?:loadavg|uptime|stat|meminfo|vmstat|zoneinfo|buddyinfo|diskstats|interrupts|softirqs|locks|modules|cmdline|version|cpuinfo|filesystems|swaps|partitions|devices|misc|iomem|ioports|mounts)$/,
  /^\/proc\/pressure\/(?:cpu|memory|io|irq)$/,
  /^\/proc\/self\/(?:mountinfo|status|cgroup|limits)$/,
  /^\/proc\/net\/(?:dev|snmp|snmp6|netstat|softnet_stat|sockstat|sockstat6)$/,
  /^\/proc\/\d+\/(?:task\/\d+\/)?(?:stat|wchan|syscall|stack|comm)$/,
  /^\/proc\/sys\/(?:kernel|vm)\/[a-z0-9_/-]+$/,
  /^\/proc\/sys\/fs\/(?:file-nr|inode-nr|aio-nr|aio-max-nr)$/,
  /^\/sys\/kernel\/(?:kexec_loaded|kexec_crash_loaded|kexec_crash_size)$/,
  /^\/sys\/kernel\/kexec\/[a-z_]+$/,
];

/** True when a file of the running kernel may be read by the main process itself. */
export function isSafeInProcess(path: string): boolean {
  return safe.some((pattern) => pattern.test(path));
}

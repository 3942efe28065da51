# Functions for the jobs that run in the guest.

# check NAME [OPTION...]: what sonae says, then the facts as Debian's own tools tell them. In this order: kdump-config creates a
# missing core directory whenever it is called.
check() {
  check_name=$1
  shift
  sonae check-kdump --format json "$@" >"$RESULTS/$check_name.json" 2>"$RESULTS/$check_name.err"
  echo "$?" >"$RESULTS/$check_name.exit"
  facts >"$RESULTS/$check_name.facts" 2>&1
}

# ran NAME COMMAND...: the command's stdout, stderr, exit code and seconds as NAME.out, .err, .exit, .seconds.
ran() {
  ran_name=$1
  shift
  ran_from=$(cut -d' ' -f1 /proc/uptime)
  "$@" >"$RESULTS/$ran_name.out" 2>"$RESULTS/$ran_name.err"
  echo "$?" >"$RESULTS/$ran_name.exit"
  echo "$ran_from $(cut -d' ' -f1 /proc/uptime)" | awk '{ print $2 - $1 }' >"$RESULTS/$ran_name.seconds"
}

facts() {
  echo "kexec_crash_loaded=$(cat /sys/kernel/kexec_crash_loaded) kexec_crash_size=$(cat /sys/kernel/kexec_crash_size)"
  cat /proc/cmdline
  kdump-config status
  systemctl is-enabled kdump-tools
  systemctl is-active kdump-tools
  ls -la /var/lib/kdump /boot
  df -Pk /var/crash
  grep -vE '^(#|$)' /etc/default/kdump-tools
  grep -i crash /proc/iomem
  uname -r
}

# keep: brings the results to safety now, because a panic comes before the job ends.
keep() {
  tar -cf - -C "$RESULTS" . | dd of="$DISKS-results" bs=1M conv=fsync 2>/dev/null
}

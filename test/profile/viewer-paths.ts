/** What each reader of sos reports opens below `sos_commands/`, by their sources. */
export const viewerCommands: Readonly<Record<string, readonly string[]>> = {
  xsos: words(`process/ps_auxwwwm kernel/dmesg systemd/timedatectl systemd/systemctl_list-unit-files
    systemd/systemctl_status_--all host/uptime selinux/sestatus_-b filesys/df_-al_-x_autofs block/lsblk
    multipath/multipath_-v4_-ll boot/ls_-lanR_.boot networking/ip_-d_address networking/bridge_-s_-s_-d_link_show
    networking/ss_-peaonmi networking/iptables_-vnxL firewalld/firewall-cmd_--state
    firewall_tables/nft_list_ruleset hardware/dmidecode`),
  hotsos:
    words(`date/date kernel/dmesg kernel/uname_-a kernel/sysctl_-a dpkg/dpkg_-l systemd/systemctl_list-units
    systemd/systemctl_list-unit-files systemd/systemctl_status_--all networking/ip_-d_address networking/ip_-s_-d_link
    networking/ip_netns processor/lscpu numa/numactl_--hardware process/lsof_M_-n_-l_-c
    process/ps_axo_flags_state_uid_pid_ppid_pgid_sid_cls_pri_psr_addr_sz_wchan_20_lstart_tty_time_cmd
    host/hostnamectl_status block/ls_-lanR_.sys.block devices/udevadm_info_--export-db apt/apt-config_dump
    apparmor/apparmor_status snap/snap_list_--all docker/docker_ps docker/docker_images pacemaker/crm_status
    logs/journalctl_--no-pager`),
  'insights-core':
    words(`rpm/package-data filesys/df_-al_-x_autofs filesys/mount_-l block/lsblk block/lsblk_-O_-P
    block/blkid_-c_.dev.null block/ls_-alZR_.dev kernel/dmesg kernel/lsmod kernel/modinfo_ALL_MODULES kernel/sysctl_-a
    kernel/uname_-a processor/lscpu networking/ip_-d_address networking/ip_-s_-d_link networking/ip_-s_-s_neigh_show
    networking/ip_route_show_table_all networking/netstat_-W_-neopa networking/netstat_-W_-agn networking/netstat_-s
    networking/route_-n pci/lspci_-nnvv process/ps_alxwww process/ps_auxwww process/ps_auxwwwm process/lsof_M_-n_-l_-c
    systemd/systemctl_list-units systemd/systemctl_list-unit-files systemd/systemctl_show_service_--all
    systemd/systemctl_status_--all systemd/systemd-analyze_blame selinux/sestatus_-b boot/ls_-alZR_.boot
    boot/ls_-lanR_.boot boot/lsinitrd boot/mokutil_--sb-state hardware/dmidecode
    lvm2/vgdisplay_-vv_--config_global_metadata_read_only_1_--nolocking_--foreign
    lvm2/pvs_-a_-v_-o_pv_mda_free_pv_mda_size_pv_mda_count_pv_mda_used_count_pe_start_--config_global_metadata_read_only_1_--nolocking_--foreign
    lvm2/vgs_-v_-o_vg_mda_count_vg_mda_free_vg_mda_size_vg_mda_used_count_vg_tags_systemid_--config_global_metadata_read_only_1_--nolocking_--foreign
    lvm2/lvs_-a_-o_lv_tags_devices_lv_kernel_read_ahead_lv_read_ahead_stripes_stripesize_--config_global_metadata_read_only_1_--nolocking_--foreign
    multipath/multipath_-v4_-ll date/date host/hostname host/hostname_-f host/uptime chrony/chronyc_-n_sources
    cron/root_crontab logs/journalctl_--no-pager_--boot auditd/auditctl_-s i18n/locale docker/docker_info
    docker/docker_ps_-a podman/podman_ps_-a podman/podman_images scsi/lsscsi`),
  risu: words(
    'kernel/dmesg processor/lscpu selinux/sestatus_-b networking/ip_-d_address chrony/chronyc_tracking',
  ),
};

/** Files that they open below the root of the report. */
export const viewerFiles: readonly string[] =
  words(`/proc/cpuinfo /proc/meminfo /proc/interrupts /proc/partitions /proc/cmdline /proc/version /proc/stat
  /proc/iomem /proc/net/dev /proc/net/softnet_stat /proc/net/sockstat /proc/net/snmp /proc/net/snmp6 /proc/net/netstat
  /proc/net/bonding/bond0 /proc/net/netlink /proc/vmstat /proc/sys/kernel/hostname /proc/sys/kernel/osrelease
  /proc/sys/vm/swappiness /sys/kernel/kexec_crash_loaded /sys/fs/cgroup/x/memory.stat /etc/kdump.conf
  /etc/redhat-release /etc/os-release /etc/selinux/config /boot/grub2/grub.cfg
  /etc/sysconfig/network-scripts/ifcfg-eth0 /var/log/messages /var/log/syslog /var/log/kern.log
  /var/crash/x/vmcore-dmesg.txt /etc/passwd /etc/fstab /etc/sysctl.conf /etc/ssh/sshd_config /etc/chrony.conf`);

/** Names at the root of the report, links to outputs of commands. */
export const viewerNames: readonly string[] = words(
  'date df dmidecode free hostname installed-rpms ip_addr lsmod lspci mount netstat ps uname uptime chkconfig',
);

function words(text: string): string[] {
  return text.trim().split(/\s+/);
}

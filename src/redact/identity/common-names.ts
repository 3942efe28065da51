// Names so common that replacing them as words would garble every log and hide nobody.
const commonNames = new Set(
  (
    'localhost localhost.localdomain localdomain ip6-localhost ip6-loopback ip6-allnodes ip6-allrouters ' +
    'ip6-localnet ip6-mcastprefix broadcasthost host server node linux debian ubuntu centos fedora suse local lan home ' +
    'internal example test none unknown root nobody admin user users backup mail daemon bin sys www-data git ' +
    'man list lp sync uucp gnats irc sshd ntp chrony polkitd dbus systemd adm halt shutdown rpc tss postfix nginx apache ' +
    'tomcat nagios sssd dnsmasq libvirt qemu kvm input disk audio video render staff crontab ' +
    'postgres mysql oracle guest ftp games news proxy service operator nfsnobody vagrant ansible docker kernel system ' +
    'com net org log run dev prod default main db web app not specified n/a 0123456789 none. o.e.m. (none)'
  ).split(' '),
);

/** True for a name that is a word of every log: it stands for a machine or a person only in certain places. */
export function isCommonName(name: string): boolean {
  return name.length < 3 || commonNames.has(name.toLowerCase());
}

/** True for what is no name of a machine in any place. */
export function isNobodysName(name: string): boolean {
  return /^(?:localhost|ip6-|broadcasthost$|\(none\)$|\d+$)/i.test(name) || !/^[\w.-]+$/.test(name);
}

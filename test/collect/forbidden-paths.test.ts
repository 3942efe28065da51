import { describe, expect, it } from 'vitest';
import { whyForbidden } from '../../src/collect/forbidden-paths.ts';

describe('whyForbidden', () => {
  it.each([
    '/etc/shadow',
    '/etc/shadow-',
    '/etc/gshadow',
    '/etc/ssh/ssh_host_rsa_key',
    '/root/.ssh/id_ed25519',
    '/home/user/anything',
    '/etc/ssl/private/server.pem',
    '/etc/pki/tls/private/x.pem',
    '/srv/app/server.key',
    '/etc/krb5.keytab',
    '/proc/1/environ',
    '/proc/1/task/1/environ',
    '/proc/kcore',
    '/proc/kmsg',
    '/var/crash/127.0.0.1-2026-11-01/vmcore',
    '/var/crash/202611010000/dump.202611010000',
    '/etc/sonae/passphrase',
    '/sys/class/iscsi_session/session1/password_in',
    '/sys/devices/platform/host2/session1/iscsi_session/session1/password',
    '/etc/libvirt/secrets/a.xml',
    '/etc/zypp/credentials.d/SCC',
    '/etc/apt/auth.conf',
    '/etc/apt/auth.conf.d/x',
    '/etc/NetworkManager/secret_key',
    '/sys/kernel/debug/tracing/trace_pipe',
    '/proc/net/rpc/nfsd/channel',
  ])('never: %s', (path) => expect(whyForbidden(path)).toBeTypeOf('string'));

  it.each([
    '/etc/passwd',
    '/etc/ssh/sshd_config',
    '/etc/ssh/ssh_host_rsa_key.pub',
    '/proc/meminfo',
    '/proc/1/status',
    '/var/crash/127.0.0.1-2026-11-01/vmcore-dmesg.txt',
    '/var/log/messages',
    '/etc/keyboard',
    '/proc/key-users',
    '/sys/kernel/kexec_crash_loaded',
  ])('allowed: %s', (path) => expect(whyForbidden(path)).toBeUndefined());
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  aliasIpv4,
  aliasIpv6,
  aliasMac,
  parseIpv6,
} from '../../../src/redact/identity/address-alias.ts';
import { type AliasMap, aliasMap, parseAliasMap } from '../../../src/redact/identity/alias-map.ts';
import { forbiddenOriginals } from '../../../src/redact/identity/forbidden-originals.ts';
import { identitySources, mergeFacts } from '../../../src/redact/identity/identity-facts.ts';
import { identityRedactor } from '../../../src/redact/identity/identity-redactor.ts';
import { asBytes } from '../../../src/redact/identity/word-aliases.ts';
import { noRedactor } from '../../../src/redact/secret-redactor.ts';
import { innocentLines } from '../corpus-cases.ts';

const facts = mergeFacts([
  {
    hosts: ['web01.corp.acme.co.jp', 'db01', 'localhost'],
    users: ['tanaka', 'root', 'suzuki'],
    serials: ['CZ1234567X', 'Not Specified'],
    machineIds: ['0123456789abcdef0123456789abcdef'],
    keywords: ['Project Fuji'],
  },
]);

function clean(text: string, map: AliasMap = aliasMap(), path = 'var/log/messages'): string {
  const stream = identityRedactor(noRedactor(), map, facts).open({ id: 'x', path });
  return Buffer.concat([stream.write(Buffer.from(text)), stream.end()]).toString();
}

const octet = fc.integer({ min: 0, max: 255 });
const ipv4 = fc.tuple(octet, octet, octet, octet).map((bytes) => bytes.join('.'));
const group = fc.integer({ min: 0, max: 0xffff });
const ipv6 = fc.array(group, { minLength: 8, maxLength: 8 });

describe('aliases of addresses', () => {
  it('keep what is nobody’s', () => {
    const map = aliasMap();
    for (const address of [
      '0.0.0.0',
      '127.0.0.1',
      '127.0.1.1',
      '255.255.255.0',
      '255.255.255.255',
      '224.0.0.1',
      '169.254.169.254',
    ]) {
      expect(aliasIpv4(map, address)).toBe(address);
    }
    for (const address of ['::', '::1', 'ff02::1', 'fe80::'])
      expect(aliasIpv6(map, address)).toBe(address);
    for (const mac of [
      '00:00:00:00:00:00',
      'ff:ff:ff:ff:ff:ff',
      '01:00:5e:00:00:fb',
      '33:33:00:00:00:01',
    ]) {
      expect(aliasMac(map, mac)).toBe(mac);
    }
  });

  it('are stable, injective, and never met again as originals', () => {
    fc.assert(
      fc.property(fc.uniqueArray(ipv4, { maxLength: 60 }), (addresses) => {
        const map = aliasMap();
        const aliases = addresses.map((address) => aliasIpv4(map, address));
        expect(new Set(aliases).size).toBe(addresses.length);
        expect(addresses.map((address) => aliasIpv4(map, address))).toEqual(aliases);
        expect(aliases.map((alias) => aliasIpv4(map, alias))).toEqual(aliases);
      }),
    );
  });

  it('keep common prefixes of 16 bits and more', () => {
    const bits = (address: string) =>
      address
        .split('.')
        .map((part) => Number(part).toString(2).padStart(8, '0'))
        .join('');
    const common = (a: string, b: string) => {
      let at = 0;
      while (at < 32 && a[at] === b[at]) at += 1;
      return at;
    };
    fc.assert(
      fc.property(octet, octet, octet, octet, octet, (a, c, d, c2, d2) => {
        const map = aliasMap();
        const [one, two] = [`10.${a}.${c}.${d}`, `10.${a}.${c2}.${d2}`];
        expect(common(bits(aliasIpv4(map, one)), bits(aliasIpv4(map, two)))).toBe(
          common(bits(one), bits(two)),
        );
      }),
    );
  });

  it('of IPv6 are valid, injective, stable and in the documentation prefix', () => {
    fc.assert(
      fc.property(fc.uniqueArray(ipv6, { maxLength: 20, selector: String }), (addresses) => {
        const map = aliasMap();
        const texts = addresses.map(([first = 0, ...rest]) =>
          [0x2400 | (first & 0xff), ...rest].map((one) => one.toString(16)).join(':'),
        );
        const aliases = texts.map((text) => aliasIpv6(map, text));
        for (const alias of aliases) {
          expect(parseIpv6(alias)).toBeDefined();
          expect(alias).toMatch(/^2001:db8:/);
          expect(aliasIpv6(map, alias)).toBe(alias);
        }
        expect(new Set(aliases).size).toBe(new Set(texts).size);
      }),
    );
  });

  it('stay in the same subnet, with the same form', () => {
    const map = aliasMap();
    const [one, two] = ['2400:4000:1:5::10', '2400:4000:1:5::20'].map((text) =>
      aliasIpv6(map, text),
    );
    expect(one?.replace(/10$/, '20')).toBe(two);
    expect(aliasMac(map, '52:54:00:AB:CD:EF')).toMatch(/^02:53:4F(:[0-9A-F]{2}){3}$/);
    expect(aliasMac(map, '52-54-00-ab-cd-ef')).toMatch(/^02-53-4f(-[0-9a-f]{2}){3}$/);
    expect(aliasMac(map, '52:54:00:11:22:33', true)).toMatch(/^52:54:00:/);
  });
});

describe('aliases in text', () => {
  it('replace every name of the machine and its people', () => {
    const masked = clean(
      'Nov 23 web01 sshd[1]: tanaka@web01.corp.acme.co.jp from db01.corp.acme.co.jp serial CZ1234567X ' +
        'id 0123456789abcdef0123456789abcdef project fuji /home/suzuki/x mail taro@acme.co.jp\n',
    );
    for (const word of [
      'web01',
      'tanaka',
      'acme',
      'db01',
      'CZ1234567X',
      '0123456789abcdef',
      'fuji',
      'suzuki',
      'taro',
    ]) {
      expect(masked.toLowerCase()).not.toContain(word.toLowerCase());
    }
    expect(masked).toMatch(
      /^Nov 23 host\d+ sshd\[1\]: person\d+@host\d+\.domain\d+\.example|^Nov 23 host/,
    );
  });

  it.each([
    'libfoo 1.2.3.4-5 and 5.10.0.1+deb and v1.2.3.4',
    'at 12:34:56 and 2026-11-23T10:00:00+00:00 for 1:02:03',
    'RIP: 0010:do_init_module+0x5a/0x200 ffff888003a4b000 00000000:00000001',
    'std::string a::b ::1 fe80:: getty@tty1.service user@1000.service',
    'mask 255.255.255.0 bcast 255.255.255.255 any 0.0.0.0/0 lo 127.0.0.1',
    'oid 1.3.6.1.4.1.311 root localhost nobody',
    'pci 0000:00:1f.2 sd 2:0:0:0 <sonae:secret:12>',
    'Ciphers umac-64@openssh.com,curve25519-sha256@libssh.org icon 64x64@2.tar',
    'label fc00::/7 6 2002::/16 2 2001::/32 5 fec0::/10 11',
    'Version: 1.2.3.4 firmware version 10.1.2.3, BIOS v1.2.3.4 (>= 4.18.0.80) testoid1=1.2.3.4',
    'Serial: 8250/16550 driver, Serial Number: Not Specified, serial = none',
    'UUID 0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0 webs01 tanakas xdb01',
  ])('keep %s', (text) => expect(clean(text)).toBe(text));

  it('touch no innocent line but for the addresses and the mail in it', () => {
    const lines = innocentLines();
    const masked = clean(lines.join('\n')).split('\n');
    const touched = lines.filter((line, index) => line !== masked[index]);
    expect(touched.filter((line) => !/\b\d+\.\d+\.\d+\.\d+\b|\w@\w+\.\w/.test(line))).toEqual([]);
    expect(touched.length).toBeLessThan(30);
  });

  it('keep versions in lists of packages', () => {
    expect(clean('ii  libx  1.2.3.4  amd64', aliasMap(), 'installed-debs')).toBe(
      'ii  libx  1.2.3.4  amd64',
    );
  });

  it('are the same wherever the input is cut, and when run again with the same map', () => {
    const text = 'web01 10.1.2.3 tanaka 52:54:00:ab:cd:ef 2400:4000::1 a@acme.co.jp\n'.repeat(3);
    const data = aliasMap().data();
    const whole = clean(text, aliasMap(data));
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 6 }), (cuts) => {
        const stream = identityRedactor(noRedactor(), aliasMap(data), facts).open({
          id: 'x',
          path: 'x',
        });
        const parts: Buffer[] = [];
        let at = 0;
        for (const cut of [...cuts].sort((a, b) => a - b)) {
          parts.push(stream.write(Buffer.from(text.slice(at, Math.max(at, cut)))));
          at = Math.max(at, cut);
        }
        parts.push(stream.write(Buffer.from(text.slice(at))), stream.end());
        expect(Buffer.concat(parts).toString()).toBe(whole);
      }),
      { numRuns: 40 },
    );
    const map = aliasMap(data);
    expect(clean(clean(text, map), map)).toBe(clean(text, map));
  });

  it('keep versions in the lists of all package tools, and not addresses elsewhere', () => {
    const line = 'pkg 1.2.3.4 all';
    for (const path of [
      'var/lib/dpkg/status',
      'var/log/apt/eipp.log',
      'sos_commands/rpm/sh_-c_rpm_--nodigest_-qa',
    ])
      expect(clean(line, aliasMap(), path)).toBe(line);
    expect(clean(line)).not.toContain('1.2.3.4');
  });

  it('replace a serial number where it is named, and then the same everywhere', () => {
    const map = aliasMap();
    const text = 'Serial Number: S3Z8NB0K\nID_SERIAL_SHORT=S3Z8NB0K\n"serial" : "WD-7712"\n';
    expect(clean(text, map)).toMatch(
      /^Serial Number: (SERIAL\d+)\nID_SERIAL_SHORT=\1\n"serial" : "SERIAL\d+"\n$/,
    );
    expect(clean('disk s3z8nb0k', map)).toMatch(/^disk SERIAL\d+$/);
    expect(clean(clean(text, map), map)).toBe(clean(text, map));
  });

  it('replace addresses that the kernel shows in hexadecimal, where it does, the same as elsewhere', () => {
    const map = aliasMap();
    const plain = clean('192.0.2.2 192.0.2.1 fd00::2 ::ffff:192.0.2.2', map).split(' ');
    const [own = '', gateway = '', six = ''] = plain;
    const word = (address: string) =>
      Buffer.from(address.split('.').map(Number)).reverse().toString('hex').toUpperCase();
    const route =
      'eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\neth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\n';
    const masked = clean(route, map, 'top/proc/net/route');
    expect(masked).toBe(
      route.replace('010200C0', word(gateway)).replace('000200C0', word(own.replace(/2$/, '0'))),
    );
    const tcp = '   0: 020200C0:0016 0100007F:0019 0A 00000000:00000000 00:00000000\n';
    expect(clean(tcp, map, 'proc/net/tcp')).toBe(tcp.replace('020200C0', word(own)));
    const tcp6 =
      '  0: 0000000000000000FFFF0000020200C0:0016 00000000000000000000000001000000:0019\n';
    expect(clean(tcp6, map, 'proc/net/tcp6')).toBe(tcp6.replace('020200C0', word(own)));
    const inet6 = 'fd000000000000000000000000000002 04 40 00 80     eth0\n';
    const groups = (parseIpv6(six) ?? []).map((group) => group.toString(16).padStart(4, '0'));
    expect(clean(inet6, map, 'proc/net/if_inet6')).toBe(
      inet6.replace('fd000000000000000000000000000002', groups.join('')),
    );
    // The same words anywhere else are what they are.
    expect(clean(route, map)).toBe(route);
    const forbidden = forbiddenOriginals(map);
    expect(forbidden.find(route, 'proc/net/route')).toEqual(['ipv4']);
    expect(forbidden.find(masked, 'proc/net/route')).toEqual([]);
  });

  it('tell the domains of others from those of the site', () => {
    const map = aliasMap();
    // Endings of files are those of countries too.
    for (const mail of ['jan@firma.pl', 'ana@firma.rs', 'eva@firma.py'])
      expect(clean(mail, map)).toMatch(/^person\d+@mail\d+\.example$/);
    const text = 'a@corp.acme.co.jp b@debian.org https://debian.org/x';
    expect(clean(text, map)).toMatch(
      /^person\d+@domain\d+\.example person\d+@mail\d+\.example https:\/\/debian\.org\/x$/,
    );
    const forbidden = forbiddenOriginals(map);
    expect(forbidden.find('https://debian.org/x', 'x')).toEqual([]);
    expect(forbidden.find('to: b@debian.org', 'x')).toEqual(['mail']);
  });

  it('hide the other machines of the site where their domain names them', () => {
    const map = aliasMap();
    const text = [
      'nfs01.corp.acme.co.jp:/export on /backup',
      'server ntp1.dc2.Corp.Acme.co.jp iburst, NFS01.corp.acme.co.jp.',
      'localhost.corp.acme.co.jp web01.corp.acme.co.jp *.corp.acme.co.jp nfs01 ntp1.debian.org',
    ].join('\n');
    const masked = clean(text, map);
    const [, nfs, domain] = /^(peer\d+)\.(domain\d+\.example):\/export/.exec(masked) ?? [];
    const [, ntp] = /server (peer\d+)\.domain/.exec(masked) ?? [];
    expect(ntp).not.toBe(nfs);
    expect(masked.split('\n').slice(1)).toEqual([
      `server ${ntp}.${domain} iburst, ${nfs}.${domain}.`,
      expect.stringMatching(
        new RegExp(
          `^localhost\\.${domain} host\\d+\\.${domain} \\*\\.${domain} nfs01 ntp1\\.debian\\.org$`,
        ),
      ),
    ]);
    expect(clean(text, aliasMap(map.data()))).toBe(masked);
    expect(clean(masked, map)).toBe(masked);
    const forbidden = forbiddenOriginals(map);
    expect(forbidden.find(masked, 'x')).toEqual([]);
    // By itself it is a word like any other; with what stands for the domain it was forgotten.
    expect(forbidden.find('nfs01', 'x')).toEqual([]);
    expect(forbidden.find(`nfs01.${domain}`, 'x')).toEqual(['host']);
  });

  it.each([
    ['a log named after it', 'nfs01.corp.acme.co.jp-access.log', 'P.D-access.log'],
    ['a file named after it', '/var/log/nfs01.corp.acme.co.jp.log', '/var/log/P.D.log'],
    ['a place of another domain', 'nfs01.corp.acme.co.jp.evil.org', 'P.D.evil.org'],
    ['an underscore in front', 'x_nfs01.corp.acme.co.jp', 'x_P.D'],
    ['a dash in front', 'x -nfs01.corp.acme.co.jp', 'x -P.D'],
    ['more labels than most have', 'a.b.c.d.e.f.corp.acme.co.jp', 'P.D'],
    ['what is no host', '_ldap._tcp.corp.acme.co.jp *.corp.acme.co.jp', '_ldap._tcp.D *.D'],
    ['a host of ours within', 'web01.dc9.corp.acme.co.jp', 'H.P.D'],
  ])('hide another machine of the site in %s, and the verification agrees', (_, text, expected) => {
    const map = aliasMap();
    clean('nfs01.corp.acme.co.jp a.corp.acme.co.jp', map);
    const masked = clean(text, map);
    const shape = masked
      .replace(/domain\d+\.example/g, 'D')
      .replace(/peer\d+/g, 'P')
      .replace(/host\d+/g, 'H');
    expect(shape).toBe(expected);
    expect(forbiddenOriginals(map).find(masked, 'x')).toEqual([]);
  });

  it('keep the nearest of two domains of another machine', () => {
    const map = aliasMap();
    const both = mergeFacts([{ domains: ['acme.co.jp', 'corp.acme.co.jp'] }]);
    const stream = identityRedactor(noRedactor(), map, both).open({ id: 'x', path: 'var/log/x' });
    stream.write(Buffer.from('nfs01.corp.acme.co.jp git.acme.co.jp\n'));
    expect([...map.known('peer').keys()]).toEqual(['nfs01', 'git']);
  });

  it('leave the command in the name of its file', () => {
    const redactor = identityRedactor(noRedactor(), aliasMap(), facts);
    expect(redactor.name('sos_commands/networking/ping_-c1_nfs01.corp.acme.co.jp')).toMatch(
      /\/ping_-c1_peer\d+\.domain\d+\.example$/,
    );
  });

  it('reach names of files', () => {
    const redactor = identityRedactor(noRedactor(), aliasMap(), facts);
    const name = redactor.name('sos/var/log/web01.log/ssh_tanaka_10.1.2.3');
    expect(name).toMatch(/^sos\/var\/log\/host\d+\.log\/ssh_user\d+_24\d\.\d+\.\d+\.3$/);
  });

  it('leave no original behind: the verification agrees', () => {
    const map = aliasMap();
    const text = 'web01 tanaka 10.1.2.3 52:54:00:ab:cd:ef Project Fuji web01.corp.acme.co.jp';
    const masked = clean(text, map);
    const forbidden = forbiddenOriginals(map);
    expect(new Set(forbidden.find(text, 'x'))).toEqual(
      new Set(['host', 'user', 'ipv4', 'mac', 'keyword', 'domain']),
    );
    expect(forbidden.find(masked, 'x')).toEqual([]);
  });
});

describe('a host whose name is a word of every log', () => {
  const common = mergeFacts([{ hosts: ['vm', 'web.corp.acme.co.jp'] }]);
  const map = aliasMap();
  const redactor = identityRedactor(noRedactor(), map, common);
  const masked = (text: string, path = 'var/log/messages') => {
    const stream = redactor.open({ id: 'x', path });
    return Buffer.concat([stream.write(Buffer.from(text)), stream.end()]).toString();
  };

  it.each([
    ['Nov 24 10:00:00 vm sshd[1]: ok', /^Nov 24 10:00:00 host\d+ sshd/],
    ['2026-11-24T10:00:00.123456+09:00 vm kernel: x', /\+09:00 host\d+ kernel/],
    ['Linux vm 6.1.0-1 #1 SMP', /^Linux host\d+ 6/],
    ['Linux 6.1.0-1 (vm) \t11/24/2026', /\(host\d+\)/],
    ['127.0.1.1 vm', /^127\.0\.1\.1 host\d+$/],
    ['ssh root@vm now', /root@host\d+ now/],
    ['Static hostname: vm', /hostname: host\d+$/],
    ['see web.corp.acme.co.jp/x', /^see host\d+\.domain\d+\.example\/x$/],
    ['/var/tmp/sonae-vm-2026-11-24-abcdefgh.tar.zst', /sonae-host\d+-2026/],
  ])('is replaced where a host stands: %s', (text, expected) => {
    expect(masked(text)).toMatch(expected);
    expect(forbiddenOriginals(map).find(masked(text), 'x')).toEqual([]);
  });

  it.each([
    'vm.swappiness = 60',
    'kernel: vm stats',
    '/proc/sys/vm/x',
    'the web is up',
    'a web.xml',
  ])('and kept where it is a word: %s', (text) => expect(masked(text)).toBe(text));

  it('is replaced where it is all there is', () => {
    expect(masked('vm\n', 'top/etc/hostname')).toMatch(/^host\d+\n$/);
    expect(redactor.name('sonae-vm-2026-11-24-abcdefgh/proc/sys/vm')).toMatch(
      /^sonae-host\d+-2026-11-24-abcdefgh\/proc\/sys\/vm$/,
    );
  });

  it('is found by the verification', () => {
    const { find } = forbiddenOriginals(map);
    expect(find('Nov 24 10:00:00 vm sshd[1]: ok', 'x')).toEqual(['host']);
    expect(find('ssh root@vm', 'x')).toEqual(['host']);
    expect(find('vm.swappiness', 'x')).toEqual([]);
  });
});

describe('nothing of the original survives', () => {
  const words = fc.constantFrom(
    ...['web01', 'WEB01', 'db01', 'tanaka', 'suzuki', 'CZ1234567X', 'Project Fuji'],
    ...['0123456789abcdef0123456789abcdef', 'web01.corp.acme.co.jp', 'corp.acme.co.jp'],
  );
  const mail = fc
    .tuple(fc.stringMatching(/^[a-z][a-z0-9.]{2,8}[a-z]$/), words)
    .map(([person]) => `${person}@customer.co.jp`);
  const mac = fc
    .array(fc.integer({ min: 0, max: 255 }), { minLength: 5, maxLength: 5 })
    .map((bytes) => ['52', ...bytes.map((byte) => byte.toString(16).padStart(2, '0'))].join(':'));
  const global4 = fc
    .tuple(fc.integer({ min: 1, max: 99 }), octet, octet, octet)
    .map((bytes) => bytes.join('.'));
  const identity = fc.oneof(words, mail, mac, global4);
  const separator = fc.constantFrom(
    ' ',
    ', ',
    '"',
    ' (',
    ') ',
    '\n',
    ' = ',
    '[',
    ']',
    ';',
    '|',
    '/',
  );

  it('in any order, between any marks, and the verification sees each one before', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(separator, identity), { minLength: 1 }), (parts) => {
        const map = aliasMap();
        const text = parts.flat().join('');
        const masked = clean(text, map);
        for (const [, original] of parts) {
          if (/^\d+\.\d+\.\d+\.\d+$/.test(original))
            expect(masked.split(/[^\d.]+/)).not.toContain(original);
          else expect(masked.toLowerCase()).not.toContain(original.toLowerCase());
        }
        const { find } = forbiddenOriginals(map);
        for (const line of masked.split('\n')) expect(find(line, 'x')).toEqual([]);
        for (const [, original] of parts) expect(find(original, 'x')).not.toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

describe('the map of aliases', () => {
  it('carries aliases from bundle to bundle', () => {
    const first = aliasMap();
    const one = clean('web01 10.9.8.7 tanaka', first);
    const again = aliasMap(parseAliasMap(JSON.stringify(first.data()), 'map'));
    expect(clean('web01 10.9.8.7 tanaka', again)).toBe(one);
  });

  it('refuses what is none', () => {
    for (const text of ['', '{}', '[]', '{"format":"sonae-alias-map","version":2}']) {
      expect(() => parseAliasMap(text, 'map.json')).toThrow(/map of aliases/);
    }
  });
});

describe('what names a machine', () => {
  it('is read from the files of a bundle', () => {
    const read = (path: string, text: string) =>
      identitySources.filter((source) => source.path.test(path)).map((source) => source.read(text));
    expect(mergeFacts(read('top/etc/passwd', 'root:x:0:0\ntanaka:x:1000:1000\n')).users).toEqual([
      'tanaka',
    ]);
    // sos lists every account with the time of its last login.
    const found = [
      ...read('top/etc/passwd', 'man:x:6:12::/x:/bin/sh\nbob:x:1000:1000::/home/bob:/bin/sh\n'),
      ...read('top/lastlog', 'bob   pts/0  Mon\nman  pts/1  Mon\nsmith  **Never logged in**\n'),
    ];
    expect(mergeFacts(found).users).toEqual(['bob']);
    expect(
      mergeFacts(
        read('top/etc/hosts', '127.0.0.1 localhost\n10.0.0.5 db01.corp.acme.co.jp db01 # x\n'),
      ),
    ).toMatchObject({
      hosts: ['db01'],
      domains: ['corp.acme.co.jp'],
    });
    expect(
      mergeFacts(read('top/etc/resolv.conf', 'search corp.acme.co.jp\nnameserver 1.1.1.1\n'))
        .domains,
    ).toEqual(['corp.acme.co.jp']);
    expect(
      mergeFacts(
        read('top/dmidecode', '\tSerial Number: CZ1234567X\n\tSerial Number: Not Specified\n'),
      ).serials,
    ).toEqual(['CZ1234567X']);
  });
});

describe('what a site is known by beside names of machines', () => {
  const passwd = identitySources.find(({ path }) => path.test('etc/passwd'));
  const own = mergeFacts([
    { hosts: ['zebra77'], keywords: ['富士計画'] },
    passwd?.read(
      [
        'root:x:0:0:Super User:/root:/bin/bash',
        'hanako:x:1000:1000:Hanako Yamada,Room 4,03-1234-5678:/home/hanako:/bin/bash',
        'taro:x:1001:1001:山田太郎:/home/taro:/bin/bash',
        'ubuntu:x:1002:1002:Ubuntu:/home/ubuntu:/bin/bash',
      ].join('\n'),
    ) ?? {},
  ]);
  const redactor = (map: AliasMap) => identityRedactor(noRedactor(), map, own);
  const cleaned = (text: string, map = aliasMap()) => {
    const stream = redactor(map).open({ id: 'x', path: 'var/log/messages' });
    return Buffer.concat([stream.write(Buffer.from(text)), stream.end()]).toString();
  };

  it('replaces the names of people in full, which stood in every passwd file', () => {
    expect(cleaned('hanako:x:1000:1000:Hanako Yamada,Room 4,03-1234-5678:/home/hanako')).toBe(
      'user1:x:1000:1000:fullname1,fullname2,fullname3:/home/user1',
    );
    expect(cleaned('call 山田太郎 at once')).toMatch(/^call fullname\d at once$/);
    expect(cleaned('Ubuntu 24.04, Super User')).toBe('Ubuntu 24.04, Super User');
  });

  it('replaces a keyword that is not ASCII, in contents and in names of files', () => {
    const map = aliasMap();
    expect(cleaned('ログ: 富士計画 の件, 富士山', map)).toBe('ログ: keyword1 の件, 富士山');
    expect(redactor(map).name('var/log/富士計画_富士山.log')).toBe('var/log/keyword1_富士山.log');
    expect(forbiddenOriginals(map).find(asBytes('件: 富士計画'), 'x')).toEqual(['keyword']);
  });

  it('replaces what stands behind a line end that is written out', () => {
    const map = aliasMap();
    expect(cleaned('{"log":"failed\\nzebra77 10.77.3.9\\n10.77.3.9 is down"}', map)).not.toMatch(
      /zebra77|10\.77\.3\.9/,
    );
    expect(forbiddenOriginals(map).find('failed\\nzebra77', 'x')).toEqual(['host']);
  });
});

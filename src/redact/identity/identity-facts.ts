import { isCommonName, isNobodysName } from './common-names.ts';

/** Names by which this machine, its people and its company can be known. */
export interface IdentityFacts {
  /** First labels. */
  readonly hosts: readonly string[];
  /** The same for names that are words of every log (`web`, `db`, `vm`): replaced only where a host name stands. */
  readonly commonHosts: readonly string[];
  readonly domains: readonly string[];
  readonly users: readonly string[];
  /** Accounts of the system: their names are words of every log, wherever else they are found. */
  readonly systemAccounts: readonly string[];
  /** What accounts of people say of them: their names in full, and numbers to call them by. */
  readonly people: readonly string[];
  readonly serials: readonly string[];
  readonly machineIds: readonly string[];
  /** Given by the person, found in any case. */
  readonly keywords: readonly string[];
}

/** Files in a bundle (or on the machine) that name them, and how to read each. Paths end with these. */
export const identitySources: readonly {
  readonly path: RegExp;
  readonly read: (text: string) => Partial<IdentityFacts>;
}[] = [
  {
    path: /(?:^|\/)(?:etc\/hostname|hostname|sos_commands\/host\/hostname(?:_-f)?|proc\/sys\/kernel\/hostname|etc\/HOSTNAME|etc\/mailname|etc\/nodename)$/,
    read: (text) => ({
      hosts: text
        .split(/\s+/)
        .filter((word) => word !== '')
        .slice(0, 1),
    }),
  },
  {
    path: /(?:^|\/)(?:uname|uname_-a)$/,
    read: (text) => ({ hosts: [text.split(' ')[1] ?? ''] }),
  },
  {
    path: /(?:^|\/)etc\/hosts$/,
    read: (text) => ({
      hosts: settings(text).flatMap((line) => line.split(/\s+/).slice(1)),
    }),
  },
  {
    path: /(?:^|\/)etc\/resolv\.conf$/,
    read: (text) => ({
      domains: settings(text)
        .filter((line) => /^(?:search|domain)\s/.test(line))
        .flatMap((line) => line.split(/\s+/).slice(1)),
    }),
  },
  {
    path: /(?:^|\/)(?:etc\/passwd|getent_passwd)$/,
    read: (text) => ({
      users: accounts(text, isOfPerson),
      systemAccounts: accounts(text, (uid) => uid < 1000 || uid >= 60_000),
      people: accounts(text, isOfPerson, 4).flatMap((field) => field.split(',')),
    }),
  },
  {
    path: /(?:^|\/)(?:last|last_-F|lastlog)$/,
    read: (text) => ({
      users: text
        .split('\n')
        .filter((line) => !line.includes('**Never logged in**'))
        .map((line) => /^([a-z_][\w.-]{0,31})\s/.exec(line)?.[1] ?? '')
        .filter((name) => !/^(?:reboot|wtmp|btmp|shutdown|runlevel|Username)$/.test(name)),
    }),
  },
  {
    path: /(?:^|\/)etc\/machine-id$/,
    read: (text) => ({ machineIds: text.match(/\b[0-9a-f]{32}\b/g) ?? [] }),
  },
  {
    path: /(?:^|\/)hostnamectl(?:_status)?$/,
    read: (text) => ({
      hosts: [/Static hostname: (\S+)/.exec(text)?.[1] ?? ''],
      machineIds: [/Machine ID: ([0-9a-f]{32})/.exec(text)?.[1] ?? ''],
    }),
  },
  {
    path: /(?:^|\/)dmidecode$/,
    read: (text) => ({
      serials: [...text.matchAll(/^\s*(?:Serial Number|Asset Tag|UUID): (.+)$/gm)].map((match) =>
        (match[1] ?? '').trim(),
      ),
    }),
  },
  {
    path: /(?:^|\/)sys\/(?:block|class\/nvme)\/[^/]+\/(?:device\/)?serial$/,
    read: (text) => ({ serials: [text.trim()] }),
  },
  {
    path: /(?:^|\/)(?:udevadm_info\S*|smartctl\S*|lshw\S*)$/,
    read: (text) => ({
      serials: [
        ...text.matchAll(
          /^[ \tE:]{0,20}(?:ID_SERIAL_SHORT=|Serial Number: {0,20}|serial: )([^\s]{5,64})$/gm,
        ),
      ].map((match) => match[1] ?? ''),
    }),
  },
  {
    path: /(?:^|\/)sys\/(?:class\/dmi|devices\/virtual\/dmi)\/id\/(?:\w+_serial|\w+_uuid|\w+_asset_tag)$/,
    read: (text) => ({ serials: [text.trim()] }),
  },
];

const isOfPerson = (uid: number) => uid >= 1000 && uid < 60_000;

function accounts(text: string, isWanted: (uid: number) => boolean, field = 0): string[] {
  return settings(text)
    .map((line) => line.split(':'))
    .filter(([, , uid]) => uid !== undefined && uid !== '' && isWanted(Number(uid)))
    .map((fields) => fields[field]?.trim() ?? '');
}

function settings(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '');
}

const commonSerial =
  /^(?:not |to be filled|default|none|unknown|system|chassis|empty|n\/a|o\.e\.m|no asset|0+$|x+$|\.+$|01234567)/i;

/** True for what makers write where a serial number should stand. */
export function isCommonSerial(value: string): boolean {
  return value.length < 5 || commonSerial.test(value);
}

// One plain word, such as `Ubuntu`, is found in every log; a name in full, one that is not ASCII and a number are not.
function isWhole(value: string): boolean {
  return (
    /\S\s+\S/.test(value) ||
    /[^\p{ASCII}].*[^\p{ASCII}]/u.test(value) ||
    /^[+(]?\d[\d() -]{6,}$/.test(value)
  );
}

/** Several findings as one, without what is too short or too common to replace. */
export function mergeFacts(all: readonly Partial<IdentityFacts>[]): IdentityFacts {
  const pick = (name: keyof IdentityFacts, isWanted: (value: string) => boolean) => [
    ...new Set(all.flatMap((facts) => facts[name] ?? []).filter(isWanted)),
  ];
  const isName = (value: string) =>
    !isCommonName(value) && !isNobodysName(value) && /[a-z]/i.test(value);
  const system = new Set(all.flatMap((facts) => facts.systemAccounts ?? []));
  const hosts = pick('hosts', (value) => !isNobodysName(value) && /[a-z]/i.test(value));
  const labels = [...new Set(hosts.map((host) => host.split('.')[0] ?? ''))];
  const domains = hosts
    .filter((host) => /\.[a-z][\w-]*$/i.test(host))
    .map((host) => host.slice(host.indexOf('.') + 1));
  return {
    hosts: labels.filter(isName),
    commonHosts: labels.filter((label) => isCommonName(label) && !isNobodysName(label)),
    domains: [...new Set([...pick('domains', isName), ...domains.filter(isName)])],
    users: pick('users', (name) => isName(name) && !system.has(name)),
    systemAccounts: [...system],
    people: pick('people', isWhole),
    serials: pick('serials', (value) => !isCommonSerial(value)),
    machineIds: pick('machineIds', (value) => value.length === 32),
    keywords: pick('keywords', (value) => value.trim().length >= 2),
  };
}

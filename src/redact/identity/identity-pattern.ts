const token = '<sonae:secret:[a-z]?\\d+>';
// Behind a line end that is written out, as in JSON, a word begins too.
const written = '(?<=\\\\[nrt])';
const email =
  "(?<![A-Za-z0-9])[A-Za-z0-9][\\w.+'-]{0,63}@(?:[A-Za-z0-9-]{1,63}\\.)+[A-Za-z]{2,24}(?![\\w-])";
const mac =
  '(?<![0-9A-Fa-f:-])[0-9A-Fa-f]{2}(?<sep>[:-])(?:[0-9A-Fa-f]{2}\\k<sep>){4}[0-9A-Fa-f]{2}(?![0-9A-Fa-f:-]|[.:][0-9A-Fa-f])';
const ipv6 = '(?<![\\w:.])(?=[0-9A-Fa-f:]*:[0-9A-Fa-f:]*:)[0-9A-Fa-f:]{3,39}(?![\\w:]|\\.\\d)';
const ipv4 =
  '(?:(?<![\\w.-]|[\\w]-)|' +
  written +
  ')(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)(?:\\.(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)){3}(?![\\w]|\\.\\d|[-+~]\\w)';

// A serial number where it is named; those that are known before are found anywhere.
const serial =
  '\\b(?<label>(?:ID_)?serial(?:[ _-]?(?:number|num|no\\.?|short))?["\']?[ \\t]{0,30}[:=][ \\t]{0,30}["\']?)(?=[\\w.-]{0,63}\\d)(?<serial>[A-Za-z0-9][\\w.-]{4,63})(?![\\w/])';

// A machine of the site, in front of its domain: wherever that is replaced, or the name would stand alone. As short as it can be,
// so that of two domains the longer one counts. Protocols are in the names of services (RFC 2782), `_ldap._tcp`.
const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const peer = `(?<![A-Za-z0-9]-?|_(?=(?:tcp|udp|tls|sctp|msdcs)\\.))${label}(?:\\.${label}){0,7}?`;

// What stands before the name of a host, and nothing else, in logs, hosts files and reports.
const hostPlaces = [
  '^(?:[A-Z][a-z]{2} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d(?:\\.\\d{1,6})?|\\d{4}-\\d\\d-\\d\\d[T ][\\d:.,+Z-]{8,26}) ',
  '^Linux (?:\\S{1,80} \\()?',
  '^[\\d.:a-f]{3,39}[ \\t]{1,40}(?:[\\w.-]{1,80}[ \\t]{1,40}){0,8}',
  '(?:\\b(?:host ?name|node ?name|fqdn)|"name)["\']?[ \\t]{0,20}[:=][ \\t]{0,20}["\']?',
  '^ {0,4}machine {1,12}',
  'hostname (?:to|is) ["\'<]{0,2}',
  '[\\w.]@',
];
/**
 * One pattern for all that may be an identity; the group that matched says what it is. `words` are known names, `common` those of
 * them that are words of every log, `domains` those of the site. Longest first, so that db01.example.net is not taken for db01.
 */
export function identityPattern(
  words: readonly string[],
  common: readonly string[],
  domains: readonly string[],
): RegExp {
  const named = [...words]
    .filter((word) => !common.includes(word))
    .sort((a, b) => b.length - a.length)
    .map(escaped);
  const commonly = common.map(escaped).join('|');
  const parts = [
    `(?<token>${token})`,
    `(?<email>${email})`,
    `(?<mac>${mac})`,
    `(?<ipv6>${ipv6})`,
    `(?<ipv4>${ipv4})`,
    `(?:${serial})`,
    ...(common.length === 0
      ? []
      : [
          `(?<common>(?<![\\w.-])(?:${commonly})(?=\\.(?:${named.join('|')})(?![\\w-])))`,
          `(?<place>(?:${commonly})(?![\\w-]|\\.\\w)(?<=(?:${hostPlaces.join('|')})(?:${commonly})))`,
          `(?<bundle>(?<=\\b(?:sonae|sosreport)-)(?:${commonly})(?=-))`,
        ]),
    ...(named.length === 0
      ? []
      : [`(?<word>(?:(?<![A-Za-z0-9])|${written})(?:${named.join('|')})(?![A-Za-z0-9]))`]),
    ...(domains.length === 0
      ? []
      : [`(?<peer>${peer}(?=\\.(?:${domains.map(escaped).join('|')})(?![A-Za-z0-9])))`]),
  ];
  return new RegExp(parts.join('|'), 'gim');
}

function escaped(word: string): string {
  return word.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

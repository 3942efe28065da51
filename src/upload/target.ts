import { SonaeError } from '../model/error.ts';
import { printable } from '../std/printable.ts';

const protocols = ['https', 'sftp', 'ftps', 'http'] as const;

/** Where things are sent to: an address for every name. */
export interface Target {
  readonly protocol: (typeof protocols)[number];
  /** Scheme, host and port: to whom credentials belong. */
  readonly origin: string;
  /** For people and receipts: with `{name}`, and without anything secret. */
  readonly shown: string;
  /** Names stand side by side in somebody's template; no folder of ours can be below it. */
  readonly isFlat: boolean;
  /** The address is that of the file, so that asking for it asks for the file. Where the name is in the query, it is that of a program. */
  readonly isAskable: boolean;
  address(remoteName: string): string;
}

// Survives URL parsing unchanged, and nobody has it in a URL.
const nameMark = 'sonae-name-7f3e9c5d1b';

/** Reads `--to`: a folder, or a template with `{name}`, `{case}` or both. Throws E_USAGE that says what is wrong with it. */
export function parseTarget(to: string, caseId: string | undefined): Target {
  const url = parseUrl(fillIn(to, caseId));
  refuseUnsafe(url);
  const isFlat = url.href.includes(nameMark);
  if (!isFlat) asFolder(url, to);
  const pattern = isFlat ? url.href : `${url.href}${nameMark}`;
  return {
    protocol: protocolOf(url),
    origin: originOf(url),
    shown: maskQuery(pattern).replaceAll(nameMark, '{name}'),
    isFlat,
    isAskable: !url.search.includes(nameMark),
    address: (remoteName) =>
      pattern.replaceAll(nameMark, () => remoteName.split('/').map(encode).join('/')),
  };
}

/** Scheme, host and port of a URL of the settings, whatever is in its template. Throws E_USAGE. */
export function originOfTarget(to: string): string {
  const filled = to.replace(/\{(?:name|case)\}/g, 'x');
  return originOf(parseUrl(filled));
}

/** What a name becomes in a URL: everything but the unreserved characters of RFC 3986 is encoded. */
export function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function fillIn(to: string, caseId: string | undefined): string {
  if (printable(to) !== to || /\s/.test(to))
    throw unusable('it holds a space or a character that cannot be shown');
  // To whom credentials belong must not depend on what is sent.
  if (/^[^/]*\/\/[^/?#]*[{}]/.test(to)) throw unusable('the host must stand in it as it is');
  if (to.includes('{case}') && caseId === undefined) {
    throw new SonaeError('E_USAGE', `--to ${to}: {case} is asked for, and no case is known`, {
      hint: 'Give --case ID; for what was made without one, write it into --to in place of {case}.',
    });
  }
  const filled = to.replaceAll('{case}', () => encode(caseId ?? '')).replaceAll('{name}', nameMark);
  if (/[{}]/.test(filled)) throw unusable('only {name} and {case} can stand in braces');
  return filled;
}

function parseUrl(text: string): URL {
  const host = /^[a-z][a-z0-9+.-]*:\/\/([^/\\?#]*)/i.exec(text)?.[1];
  if (host === undefined || !URL.canParse(text)) throw unusable('it is not a URL');
  const url = new URL(text);
  protocolOf(url);
  // As with an empty variable in a script: URL takes the first folder for the host.
  if (host === '') throw unusable('there is no host in it');
  return url;
}

function refuseUnsafe(url: URL): void {
  if (url.username !== '' || url.password !== '') {
    throw new SonaeError('E_USAGE', '--to: a user or password in the URL is refused', {
      hint: 'Others could see it. Put upload.user and upload.passwordFile into /etc/sonae/config.yaml.',
    });
  }
  const protocol = protocolOf(url);
  if (url.hash !== '') throw unusable('a # has no meaning here');
  if (protocol === 'http' && !isLoopback(url.hostname)) {
    throw new SonaeError('E_USAGE', `--to: http to ${url.hostname} is not encrypted on its way`, {
      hint: 'Use https, sftp or ftps; http only to this machine itself, for a tunnel.',
    });
  }
}

function protocolOf({ protocol }: URL): Target['protocol'] {
  const found = protocols.find((one) => `${one}:` === protocol);
  if (found !== undefined) return found;
  throw new SonaeError('E_USAGE', `--to: ${protocol.slice(0, -1)} is not a way to send`, {
    hint: 'Use https, sftp or ftps.',
  });
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d+){3}$/.test(hostname);
}

function asFolder(url: URL, to: string): void {
  if (url.search !== '') {
    throw new SonaeError('E_USAGE', `--to ${maskQuery(to)}: nothing says where the name goes`, {
      hint: 'With a question mark in it, put {name} where the file name belongs.',
    });
  }
  if (!url.pathname.endsWith('/')) url.pathname += '/';
}

// Of sftp and ftps, URL knows neither default ports nor origins.
function originOf(url: URL): string {
  const usual = { https: '443', http: '80', sftp: '22', ftps: '990' }[protocolOf(url)];
  return `${url.protocol}//${url.hostname.toLowerCase()}:${url.port || usual}`;
}

// Inboxes that are opened by a link carry their key in it.
function maskQuery(href: string): string {
  const [before, ...after] = href.split('?');
  if (after.length === 0) return href;
  const masked = after.join('?').split('&').map(maskParameter);
  return `${before}?${masked.join('&')}`;
}

function maskParameter(parameter: string): string {
  const [name = '', ...value] = parameter.split('=');
  const isSecret = /token|sig|key|secret|pass|auth|cred/i.test(name);
  return isSecret && value.length > 0 && !value.includes(nameMark) ? `${name}=***` : parameter;
}

function unusable(why: string): SonaeError {
  return new SonaeError('E_USAGE', `--to cannot be used: ${why}`, {
    hint: 'For example --to https://upload.example.com/inbox/ or https://upload.example.com/{case}/{name}.',
  });
}

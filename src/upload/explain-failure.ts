import { type ErrorCode, SonaeError } from '../model/error.ts';
import type { FailureReason, RemoteFailure } from '../model/remote.ts';
import { howFar } from './journal.ts';
import type { Sending } from './sending.ts';
import type { Target } from './target.ts';

const config = '/etc/sonae/config.yaml';

const what: Readonly<Record<FailureReason, (host: string, failure: RemoteFailure) => string>> = {
  unresolved: (host) => `no address is known for ${host}`,
  unreachable: (host) => `nothing answers at ${host}`,
  silent: (host) => `${host}, or the way to it, stood still`,
  'broken-off': (host) => `the connection to ${host} broke off`,
  busy: (host) => `${host} is busy`,
  login: (host) => `${host} does not let us in`,
  forbidden: (host) => `${host} forbids it`,
  'no-place': (host) => `there is no such place at ${host}`,
  'not-offered': (host) => `${host} takes no files at this address`,
  'too-large': (host) => `the file is larger than ${host} takes`,
  full: (host) => `${host} has no space left`,
  redirected: (host, { location = 'another place' }) => `${host} sends us on to ${location}`,
  untrusted: (host) => `${host} cannot prove who it is`,
  insecure: (host) => `no encrypted connection to ${host} came about`,
  'no-protocol': () => 'the curl of this machine does not speak this protocol',
  'our-side': () => 'curl could not do its work on this machine',
  refused: (host) => `${host} refuses`,
};

/** What went wrong, in one sentence without an end: what, where, and what the other side said. */
export function sentence(failure: RemoteFailure, target: Target): string {
  const says = [failure.status === undefined ? '' : `HTTP ${failure.status}`, failure.says];
  const said = says.filter((one) => one !== '').join(': ');
  return `${what[failure.reason](hostOf(target), failure)}${said === '' ? '' : ` (${said})`}`;
}

/** The error that ends the command: what, where, how far, and what to do next. */
export function explainFailure(failure: RemoteFailure, sending: Sending): SonaeError {
  const { journal, target } = sending;
  const message = `${sentence(failure, target)}; ${howFar(journal.receipt)}`;
  return new SonaeError(codeOf(failure.reason), message, {
    hint: `${adviceFor(failure, sending)} Then the same command with --resume.`,
  });
}

function codeOf(reason: FailureReason): ErrorCode {
  if (reason === 'no-protocol') return 'E_NO_TOOL';
  return reason === 'our-side' ? 'E_REFUSED' : 'E_REMOTE';
}

function adviceFor({ reason }: RemoteFailure, sending: Sending): string {
  const { target, journal, hasCredentials, caFile = 'the authorities of this system' } = sending;
  const isSsh = target.protocol === 'sftp';
  switch (reason) {
    case 'unresolved':
      return 'Check the address, the name server of this machine, and https_proxy.';
    case 'unreachable':
      return 'Is a firewall in between? https_proxy and no_proxy are passed on.';
    case 'silent':
    case 'broken-off':
    case 'busy':
      return 'This may pass: try later.';
    case 'login':
      return loginAdvice(isSsh, hasCredentials);
    case 'forbidden':
      return `Check the path of --to, and whether ${isSsh ? 'this user' : 'these credentials'} may write there (upload in ${config}).`;
    case 'no-place':
      return target.isFlat || journal.receipt.kind === 'bundle'
        ? 'Check the path of --to.'
        : "Check the path of --to. A chunk set goes into a folder of its own, which could not be made there: with --to '.../{name}' it needs none.";
    case 'not-offered':
      return 'It takes no PUT: check the path of --to, or ask the centre for another way (sftp).';
    case 'too-large':
      return 'Split it with a smaller --size: sonae split FILE --size 250M.';
    case 'full':
      return 'Tell the centre.';
    case 'redirected':
      return 'sonae follows no redirection. If it is right, give that address as --to.';
    case 'untrusted':
      return isSsh
        ? 'Its host key is not in ~/.ssh/known_hosts, or differs. Compare it with what the centre tells you, then add it there; never accept one unseen.'
        : `Trusted: ${caFile}. For an authority of your own: upload.caFile in ${config}. Check the clock of this machine too.`;
    case 'insecure':
      return 'Is it really TLS that is spoken at this port?';
    case 'no-protocol':
      return 'Install the full curl and libcurl (RHEL: dnf swap libcurl-minimal libcurl), or use https.';
    case 'our-side':
      return 'See what curl says above.';
    case 'refused':
      return isSsh
        ? 'sftp has no word for a full disk or quota: there it looks like this. Ask the centre.'
        : 'See what it says above; ask the centre.';
    default:
      return reason satisfies never;
  }
}

function loginAdvice(isSsh: boolean, hasCredentials: boolean): string {
  const keys = isSsh
    ? 'upload.user with upload.keyFile or upload.passwordFile'
    : 'upload.user and upload.passwordFile, or upload.tokenFile,';
  return hasCredentials
    ? `The credentials are not right: ${keys} in ${config}.`
    : `No credentials were sent: set ${keys} in ${config}, together with upload.to of this host.`;
}

function hostOf({ origin }: Target): string {
  return origin.replace(/^[a-z]+:\/\//, '').replace(/:(?:443|22|990|80)$/, '');
}

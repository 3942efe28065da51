import { parseYaml } from '../../profile/parse-yaml.ts';
import { type ProfileProblem, sortProblems } from '../../profile/problem.ts';
import {
  choice,
  list,
  optional,
  type Report,
  record,
  required,
  type Shape,
  text,
} from '../../profile/shape.ts';
import { childNode } from '../../profile/yaml-node.ts';

/** What a site decides once for all of its machines (docs/formats/config.md). */
export interface Config {
  /** Whose data this machine holds. */
  readonly owner?: string;
  /** Recipients, or files with public keys; empty: results are not encrypted. */
  readonly encryptTo: readonly string[];
  readonly passphraseFile?: string;
  readonly upload?: UploadConfig;
}

/** Where `sonae upload` sends to, and as whom. The credentials are for the host of `to` alone. */
export interface UploadConfig {
  readonly to?: string | undefined;
  readonly user?: string | undefined;
  readonly passwordFile?: string | undefined;
  readonly tokenFile?: string | undefined;
  readonly keyFile?: string | undefined;
  readonly caFile?: string | undefined;
}

/** The settings of a file where it is free of problems, and every problem. */
export interface DecodedConfig {
  readonly config: Config | undefined;
  readonly problems: readonly ProfileProblem[];
}

const path = text({ most: 500, pattern: /^\//, what: 'an absolute path' });
const anyText = text({ most: 4000, what: 'a recipient or a path' });

// Not a pattern of `text`: that shows what it found, and this may be a secret key.
const recipient: Shape<string> = {
  schema: { ...anyText.schema, pattern: '^(age1|/)' },
  decode(node, report) {
    const value = anyText.decode(node, report);
    if (value === undefined || /^(?:age1|\/)/.test(value)) return value;
    report(
      node,
      /^AGE-SECRET-KEY-/i.test(value)
        ? 'this is a SECRET key: whoever reads this file can open what is encrypted with it'
        : 'neither an age recipient nor an absolute path',
      'age1..., or /etc/sonae/NAME for a file with public keys',
    );
    return undefined;
  },
};

const uploadShape = record({
  to: optional(
    text({ most: 2000, pattern: /^(?:https|sftp|ftps|http):\/\//, what: 'a URL' }),
    'The folder or template of --to.',
  ),
  user: optional(text({ most: 200, pattern: /^[^:]+$/, what: 'a name' }), 'Name to log in with.'),
  passwordFile: optional(path, 'A file whose first line is the password of user.'),
  tokenFile: optional(path, 'A file whose first line is a bearer token.'),
  keyFile: optional(path, 'A private key for sftp.'),
  caFile: optional(path, 'Certificates of the authorities to trust.'),
});

const configShape = record({
  apiVersion: required(choice(['sonae/v1']), 'Version of the format.'),
  kind: required(choice(['Config']), 'What the file is.'),
  owner: optional(text({ most: 200, what: 'a name' }), 'Whose data this machine holds.'),
  encryptTo: optional(
    list(recipient, { least: 1, most: 20, orOne: true }),
    'Recipients, or files with public keys.',
  ),
  passphraseFile: optional(path, 'A file whose first line is a passphrase to encrypt with.'),
  upload: optional(uploadShape, 'Where to send, and as whom.'),
});

/** Decodes the text of a settings file. Never throws; reports all problems, not the first. */
export function decodeConfig(file: string, source: string): DecodedConfig {
  const { root, problems: syntax, position } = parseYaml(file, source);
  const problems: ProfileProblem[] = [...syntax];
  const report: Report = (node, message, hint) => {
    const place = position(node?.range?.[0] ?? 0);
    problems.push({ file, ...place, message, ...(hint ? { hint } : {}) });
  };
  if (root === undefined && problems.length === 0) report(undefined, 'the file is empty');
  const written = root === undefined ? undefined : configShape.decode(root, report);
  if (written?.encryptTo !== undefined && written.passphraseFile !== undefined) {
    report(
      childNode(root, 'passphraseFile'),
      'a passphrase and recipients do not go together',
      'keep one of encryptTo and passphraseFile',
    );
  }
  if (written?.upload !== undefined)
    checkUpload(written.upload, (message, hint) =>
      report(childNode(root, 'upload'), message, hint),
    );
  if (written === undefined || problems.length > 0)
    return { config: undefined, problems: sortProblems(problems) };
  const { owner, encryptTo = [], passphraseFile, upload } = written;
  return {
    config: {
      encryptTo,
      ...(owner === undefined ? {} : { owner }),
      ...(passphraseFile === undefined ? {} : { passphraseFile }),
      ...(upload === undefined ? {} : { upload }),
    },
    problems: [],
  };
}

function checkUpload(
  { to, user, passwordFile, tokenFile, keyFile }: UploadConfig,
  report: (message: string, hint: string) => void,
): void {
  const all = { user, passwordFile, tokenFile, keyFile };
  const given = Object.entries(all).flatMap(([key, value]) => (value === undefined ? [] : [key]));
  if (to === undefined && given.length > 0) {
    const hint = 'add to: credentials are sent to that host and to no other';
    report(`${given.join(', ')} without to`, hint);
  }
  if (passwordFile !== undefined && tokenFile !== undefined)
    report('a password and a token do not go together', 'keep one of passwordFile and tokenFile');
  if (user === undefined && (passwordFile !== undefined || keyFile !== undefined))
    report('a password or key without user', 'add user');
}

import { type Findings, type LineView, matchAt } from './line-view.ts';

/** What every armoured key starts with. */
export const privateKeyAnchors: readonly string[] = ['--BEGIN ', '-- BEGIN '];

const rule = 'private-key';
const header =
  /--+ ?BEGIN [A-Z0-9 ]{0,40}?(?:PRIVATE KEY(?: BLOCK)?|OpenVPN Static key V1|OpenVPN tls-crypt-v2 client key)-{2,5}/y;

/** A private key in armour: PEM, OpenSSH, PGP, SSH2, OpenVPN; over several lines, or in one with `\n` written out. */
export function findPrivateKey(line: LineView, at: number, findings: Findings): number {
  const match = matchAt(header, line, at);
  if (match === undefined) return at + 1;
  const body = at + match[0].length;
  const { text, end } = line;
  if (/^[\s"',+]*$/.test(text.slice(body, Math.min(end, body + 40))) && end - body < 40) {
    findings.expect({ kind: 'armor', rule, column: columnOf(line, at) });
    return end;
  }
  const lead = matchAt(/(?:\\{1,4}[nr]|\s){0,8}/y, line, body)?.[0].length ?? 0;
  const footer = text.indexOf('--END ', body);
  const stop = footer >= 0 && footer < end ? footer : bodyEnd(line, body + lead);
  const close = trimEscapes(text, body + lead, stop);
  if (close > body + lead && !/^<sonae:secret:[a-z]?\d+>$/.test(text.slice(body + lead, close))) {
    findings.add(body + lead, close, rule);
  }
  return stop;
}

// Where the text of the key begins on its line: the dashes before the anchor count.
function columnOf({ text, start }: LineView, at: number): number {
  let from = at;
  while (from > start && text[from - 1] === '-') from -= 1;
  return from - start;
}

function bodyEnd({ text, end }: LineView, from: number): number {
  for (let at = from; at < end; at += 1) if (/["'<]/.test(text[at] as string)) return at;
  return end;
}

// The dashes and the written-out line end before `--END` belong to the footer.
function trimEscapes(text: string, from: number, to: number): number {
  let at = to;
  while (at > from && text[at - 1] === '-') at -= 1;
  while (at > from && /\s/.test(text[at - 1] as string)) at -= 1;
  const written = /(?:\\{1,4}[nr]){1,4}$/.exec(text.slice(Math.max(from, at - 24), at));
  return written === null ? at : at - written[0].length;
}

const footerLine = /-{4,5} ?END /;
const armorHeader =
  /^(?:Proc-Type|DEK-Info|Version|Comment|Hash|MessageID|Charset|Subject|X-[\w-]+): .{0,200}$/;
const armorBody = /^[\s"'>#|+*]*[A-Za-z0-9+/=]{1,400}(?:\\[nr])*[\s"',+\\;.]*$/;

/** What a line after the header is to the key: still its body, its footer, or something else altogether. */
export function judgeArmorLine(content: string): 'body' | 'footer' | 'other' {
  if (content.length > 4096) return 'other';
  if (footerLine.test(content)) return 'footer';
  const trimmed = content.trim();
  if (trimmed === '' || trimmed.startsWith('#')) return 'body';
  return armorBody.test(content) || armorHeader.test(trimmed) ? 'body' : 'other';
}

import { SonaeError } from '../model/error.ts';
import { printable } from '../std/printable.ts';

/** Whose data something is, and for which case it was made. */
export interface Ownership {
  readonly case?: string | undefined;
  readonly owner?: string | undefined;
}

/** Options of the commands that make something to be sent. */
export interface OwnerFlags {
  readonly owner?: string;
  readonly config?: string;
}

const mostOwnerLength = 200;

/** `--owner`, or what the settings of the site say; undefined when neither does. */
export async function ownerFrom({ owner, config }: OwnerFlags): Promise<string | undefined> {
  if (owner === undefined) {
    const { loadConfig } = await import('./settings/load-config.ts');
    return (await loadConfig(config)).owner;
  }
  if (owner.trim() !== '' && owner.length <= mostOwnerLength && printable(owner) === owner)
    return owner;
  throw new SonaeError(
    'E_USAGE',
    `--owner ${printable(JSON.stringify(owner))}: expected a name of at most ${mostOwnerLength} characters`,
  );
}

/** Refuses (E_REFUSED) what belongs to another case or owner than was said with `--case` and `--owner`. */
export function refuseForeign(path: string, found: Ownership, expected: Ownership): void {
  for (const what of ['case', 'owner'] as const) {
    if (expected[what] === undefined || expected[what] === found[what]) continue;
    throw new SonaeError(
      'E_REFUSED',
      `${path} is of ${named(what, found)}, not of ${named(what, expected)}`,
      { hint: `Foreign data does not mix. ${adviceFor(what, found)}` },
    );
  }
}

/** Refuses (E_REFUSED) two things of different cases or owners in one go. */
export function refuseMix(
  first: { readonly path: string; readonly ownership: Ownership },
  next: { readonly path: string; readonly ownership: Ownership },
): void {
  for (const what of ['case', 'owner'] as const) {
    const [a, b] = [first.ownership, next.ownership];
    if (a[what] === b[what]) continue;
    throw new SonaeError(
      'E_REFUSED',
      `${first.path} is of ${named(what, a)}, ${next.path} of ${named(what, b)}: foreign data does not mix`,
      { hint: 'Keep them in different places, and give each command what belongs together.' },
    );
  }
}

function adviceFor(what: 'case' | 'owner', found: Ownership): string {
  return found[what] === undefined
    ? `It was made without --${what}: make it again with it, or leave --${what} away.`
    : 'Put it away, and tell whoever sent it.';
}

function named(what: 'case' | 'owner', ownership: Ownership): string {
  const value = ownership[what];
  return value === undefined ? `no ${what}` : `${what} ${printable(value)}`;
}

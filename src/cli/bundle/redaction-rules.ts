import { SonaeError } from '../../model/error.ts';
import type { System } from '../../model/system.ts';
import type { SecretRule } from '../../redact/rule.ts';
import { parseUserRules } from '../../redact/user-rules.ts';

/** Where the administrator puts rules of the site. */
export const redactionRulesFolder = '/etc/sonae/redact.d';

/**
 * Rules of this machine's administrator. A file that cannot be read or used ends the command: going on without
 * it would let through what somebody meant to hide.
 */
export async function loadRedactionRules(system: System): Promise<readonly SecretRule[]> {
  const folder = await system.list(redactionRulesFolder);
  if (folder.state === 'absent') return [];
  if (folder.state === 'unreadable') {
    throw new SonaeError(
      'E_REFUSED',
      `whether there are rules in ${redactionRulesFolder} is unknown: ${folder.why}`,
      {
        hint: 'Nothing was taken: what such rules hide would go out. Mend that, and run it again.',
      },
    );
  }
  const rules: SecretRule[] = [];
  for (const name of folder.names.filter((one) => /\.ya?ml$/.test(one))) {
    const path = `${redactionRulesFolder}/${name}`;
    const file = await system.readFile(path, { limitBytes: 1024 * 1024 });
    if (file.state !== 'known')
      throw unusable(path, file.state === 'absent' ? 'it went away' : file.why);
    const parsed = parseUserRules(file.bytes.toString('utf8'), path);
    if (parsed.problems.length > 0) throw unusable(path, parsed.problems.join('; '));
    rules.push(...parsed.rules);
  }
  return rules;
}

function unusable(path: string, why: string): SonaeError {
  return new SonaeError('E_PROFILE', `the redaction rules in ${path} cannot be used: ${why}`, {
    hint: 'Correct the file or move it away; without it, what it hides would go out.',
  });
}

import { readYamlFile, readYamlFileIfAny } from '../../host/profile-folder.ts';
import { SonaeError } from '../../model/error.ts';
import type { Config } from './config-shape.ts';

/** Where the settings of a site are, unless `--config` says otherwise. */
export const configFile = '/etc/sonae/config.yaml';

/**
 * The settings of this site; without a file, none. `named` is what `--config` gave. A file that cannot be used ends
 * the command: going on without it would write in the clear what somebody meant to be encrypted.
 */
export async function loadConfig(named?: string): Promise<Config> {
  const file = named ?? configFile;
  const read = named === undefined ? await readYamlFileIfAny(file) : await readYamlFile(file);
  if (read === undefined) return { encryptTo: [] };
  const { decodeConfig } = await import('./config-shape.ts');
  const { config, problems } = decodeConfig(file, read.text);
  if (config !== undefined) return config;
  const { renderProblem } = await import('../../profile/problem.ts');
  throw new SonaeError(
    'E_USAGE',
    `the settings in ${file} cannot be used: ${problems.map(renderProblem).join('; ')}`,
    { hint: 'Nothing was done. The format is in docs/formats/config.md.' },
  );
}

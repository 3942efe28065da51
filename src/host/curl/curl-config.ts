import { SonaeError } from '../../model/error.ts';

/** One line of a configuration of curl: a long option without its dashes, and its value. */
export type CurlSetting = readonly [option: string, value?: string | number];

/**
 * The text that `curl --config -` reads. Nothing else tells curl what to do, so nothing secret is in its arguments or
 * environment. Between quotes curl knows \\ and \" (curl(1), --config); a control character could end the line.
 */
export function renderCurlConfig(settings: readonly CurlSetting[]): string {
  return settings.map(([option, value]) => `${option}${renderValue(option, value)}\n`).join('');
}

function renderValue(option: string, value: string | number | undefined): string {
  if (value === undefined) return '';
  if (typeof value === 'number') return ` = ${value}`;
  if (!/[\u0000-\u001f\u007f]/.test(value)) return ` = "${value.replace(/[\\"]/g, '\\$&')}"`;
  // Never the value: it may be a password.
  throw new SonaeError('E_USAGE', `what is given to curl as ${option} holds a control character`, {
    hint: 'Look at the files that /etc/sonae/config.yaml names, and at --to.',
  });
}

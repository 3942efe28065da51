import { isBinary, type TextProblem, textLines } from './text.ts';

/** /etc/kdump.conf of the Red Hat family (kdump.conf(5)). */
export interface KdumpConf {
  /** First value of each known directive. */
  readonly values: ReadonlyMap<string, string>;
  /** What makes kdumpctl refuse to start. */
  readonly errors: readonly TextProblem[];
  /** The target directive, if one is there. */
  readonly target: { readonly kind: string; readonly value: string } | undefined;
}

const targets = new Set('raw ext2 ext3 ext4 xfs btrfs minix virtiofs nfs nfs4 ssh'.split(' '));
const known = new Set([
  ...targets,
  ...(
    'auto_reset_crashkernel sshkey path core_collector kdump_pre kdump_post kdump_emergency extra_bins ' +
    'extra_modules failure_action default final_action force_rebuild force_no_rebuild dracut_args ' +
    'fence_kdump_args fence_kdump_nodes'
  ).split(' '),
]);
const removed = new Set('net options link_delay disk_timeout debug_mem_level blacklist'.split(' '));
const choices: Readonly<Record<string, readonly string[]>> = {
  auto_reset_crashkernel: ['yes', 'no'],
  failure_action: ['reboot', 'halt', 'poweroff', 'shell', 'dump_to_rootfs'],
  default: ['reboot', 'halt', 'poweroff', 'shell', 'dump_to_rootfs'],
  final_action: ['reboot', 'halt', 'poweroff'],
  force_rebuild: ['0', '1'],
  force_no_rebuild: ['0', '1'],
};

/** Parses kdump.conf; never throws. */
export function parseKdumpConf(text: string): KdumpConf {
  const values = new Map<string, string>();
  const errors: TextProblem[] = [];
  const found: { kind: string; value: string }[] = [];
  if (isBinary(text)) errors.push({ line: 1, says: 'the file is not text' });
  for (const [index, raw] of textLines(text).entries()) {
    const line = raw.replace(/#.*$/, '').trim();
    if (line === '') continue;
    const [name = ''] = /^\S+/.exec(line) ?? [];
    const value = line.slice(name.length).trim();
    const fault = (says: string) => errors.push({ line: index + 1, says });
    if (removed.has(name)) fault(`the option ${name} was removed: kdump refuses to start`);
    else if (!known.has(name)) fault(`unknown option: ${name.slice(0, 60)}`);
    else if (values.has(name)) fault(`the option ${name} is there twice`);
    else {
      const allowed = choices[name];
      if (value === '') fault(`the option ${name} has no value`);
      if (allowed && !allowed.includes(value))
        fault(`${name} ${value.slice(0, 60)}: must be one of ${allowed.join(', ')}`);
      values.set(name, value);
      if (targets.has(name)) found.push({ kind: name, value });
      if (found.length === 2 && targets.has(name)) fault('more than one dump target');
    }
  }
  if (values.get('force_rebuild') === '1' && values.get('force_no_rebuild') === '1')
    errors.push({ line: 1, says: 'force_rebuild and force_no_rebuild exclude each other' });
  return { values, errors: errors.slice(0, 50), target: found[0] };
}

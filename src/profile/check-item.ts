import type { Node } from 'yaml';
import type { WrittenItem } from './profile-shape.ts';
import { whyRefused } from './refused-commands.ts';
import type { Report } from './shape.ts';
import { childNode, entryNodes } from './yaml-node.ts';

/** Reports what fields of an item say that does not go together, or that no profile may do. */
export function checkItem(item: WrittenItem, node: Node, report: Report): void {
  checkTake(item, node, report);
  checkDevices(item, node, report);
  for (const field of ['run', 'offline'] as const) {
    const argv = item[field];
    if (argv) checkArgv(argv, childNode(node, field), report);
  }
  checkPaths(item, node, report);
}

function checkTake(item: WrittenItem, node: Node, report: Report): void {
  const ways = (['run', 'read', 'builtin'] as const).filter((field) => item[field] !== undefined);
  if (ways.length === 0) report(node, `"${item.id}" takes nothing`, 'give it run, read or builtin');
  if (ways.length > 1)
    report(
      childNode(node, ways[1] ?? ''),
      `"${item.id}" has ${ways.join(' and ')}: one is allowed`,
    );
  const needsRun = (['offline', 'fallback', 'name', 'keep'] as const).filter(
    (field) => item[field] !== undefined,
  );
  for (const field of needsRun) {
    if (item.run || (field === 'keep' && item.read)) continue;
    report(
      childNode(node, field),
      `"${field}" means nothing without ${field === 'keep' ? 'run or read' : 'run'}`,
    );
  }
  if (item.except.length > 0 && !item.read)
    report(childNode(node, 'except'), '"except" means nothing without read');
  if (item.log && !item.read) report(childNode(node, 'log'), '"log" means nothing without read');
}

function checkDevices(item: WrittenItem, node: Node, report: Report): void {
  const parts = [...(item.run ?? []), ...(item.offline ?? []), ...(item.read ?? [])];
  const hasPlace = parts.some((part) => part.includes('{}'));
  if (item.each && item.all) report(childNode(node, 'all'), '"each" and "all" exclude each other');
  if (item.builtin && (item.each || item.all))
    report(childNode(node, 'each') ?? childNode(node, 'all'), 'a builtin takes no devices');
  else if ((item.each || item.all) && !hasPlace)
    report(node, `"${item.id}" has no {} to put the names in`);
  else if (!item.each && !item.all && hasPlace)
    report(node, `"${item.id}" has {} but neither each nor all`);
  if (item.all && !item.run?.includes('{}'))
    report(childNode(node, 'all'), '"all" needs {} as an argument of its own in run');
}

function checkArgv(argv: readonly string[], node: Node | undefined, report: Report): void {
  const command = argv[0] ?? '';
  if (!/^(?:\/(?:[\w.+-]+\/)*)?[A-Za-z0-9_][\w.+-]*$/.test(command)) {
    report(
      node,
      `"${command}" is not the name or absolute path of a command`,
      'run is a list of the command and its arguments, without a shell',
    );
    return;
  }
  const why = whyRefused(argv);
  if (why) report(node, why);
  const shellish = argv.find((part) =>
    /^(?:\||\|\||&&?|;|[0-9]?>{1,2}.*|<.*|\$\(.*|`.*)$/.test(part),
  );
  if (shellish !== undefined)
    report(
      node,
      `"${shellish}" does nothing here: there is no shell`,
      'make two items, or use keep, limits and fallback',
    );
}

function checkPaths(item: WrittenItem, node: Node, report: Report): void {
  for (const field of ['read', 'except', 'fallback'] as const) {
    const nodes = entryNodes(childNode(node, field));
    for (const [index, path] of (item[field] ?? []).entries())
      checkPath(path, field !== 'except', nodes[index], report);
  }
  for (const field of ['exists', 'absent'] as const) {
    const nodes = entryNodes(childNode(childNode(node, 'when'), field));
    for (const [index, path] of item.when[field].entries())
      checkPath(path, true, nodes[index], report);
  }
}

function checkPath(
  path: string,
  mustBeNarrow: boolean,
  node: Node | undefined,
  report: Report,
): void {
  const parts = path.split('/').slice(1);
  if (parts.includes('..') || parts.includes('.'))
    report(node, `"${path}" holds . or ..`, 'write the path that is meant');
  if (/\{[^}]*,/.test(path))
    report(node, `"${path}" has {a,b}, which is not part of the format`, 'write one path for each');
  if (mustBeNarrow && (parts[0] === '' || /[*?[]/.test(parts[0] ?? ''))) {
    report(node, `"${path}" would search the whole machine`, 'begin with a folder');
  }
}

import { isMap, isScalar, isSeq, type Node } from 'yaml';

/** The value node of a key of a map; undefined when the key is not there. */
export function childNode(node: Node | undefined, name: string): Node | undefined {
  if (!isMap(node)) return undefined;
  const pair = node.items.find(({ key }) => isScalar(key) && key.value === name);
  return pair === undefined ? undefined : ((pair.value ?? pair.key) as Node);
}

/** The nodes of the entries of a list, or the node itself where one value stands for a list. */
export function entryNodes(node: Node | undefined): readonly Node[] {
  if (node === undefined) return [];
  return isSeq(node) ? (node.items as Node[]) : [node];
}

/** Text as written, so that `[vmstat, 1]` and `name: 10` mean what they look like; undefined for what is no text or number. */
export function scalarText(node: Node): string | undefined {
  if (!isScalar(node)) return undefined;
  if (typeof node.value === 'string') return node.value;
  return typeof node.value === 'number' ? (node.source ?? String(node.value)) : undefined;
}

/** What stands there, for "expected …, found …"; at most 80 characters of it. */
export function kindOf(node: Node): string {
  if (isMap(node)) return 'a map';
  if (isSeq(node)) return 'a list';
  if (!isScalar(node) || node.value === null) return 'nothing';
  return `"${String(node.source ?? node.value).slice(0, 80)}"`;
}

/** What to write where YAML took a word such as `on` for true or false. */
export function quoteHint(node: Node): string | undefined {
  return isScalar(node) && typeof node.value === 'boolean'
    ? `write '${node.source}' in quotes`
    : undefined;
}

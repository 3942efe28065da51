/** Types of the dumped kernel from its BTF (Documentation/bpf/btf.rst), looked up by name and decoded when asked for. */
export interface TypeTable {
  readonly count: number;
  /** Bytes of a struct or union. */
  size(name: string): number | undefined;
  /** Byte offset of `member` or `member.inner`, through anonymous structs and unions. */
  offset(struct: string, path: string): number | undefined;
  /** Number of elements of an array member. */
  arrayLength(struct: string, path: string): number | undefined;
  /** Bytes of a member's type. */
  memberSize(struct: string, path: string): number | undefined;
  enumValue(enumName: string, value: string): number | undefined;
}

const kinds = {
  int: 1,
  pointer: 2,
  array: 3,
  struct: 4,
  union: 5,
  enum: 6,
  typedef: 8,
  volatile: 9,
  const: 10,
  restrict: 11,
  float: 16,
  typeTag: 18,
  enum64: 19,
} as const;

/** Bytes after the common 12, by kind: fixed, and per member. Unknown kinds cannot be skipped. */
const extra: Readonly<Record<number, readonly [number, number]>> = {
  1: [4, 0],
  2: [0, 0],
  3: [12, 0],
  4: [0, 12],
  5: [0, 12],
  6: [0, 8],
  7: [0, 0],
  8: [0, 0],
  9: [0, 0],
  10: [0, 0],
  11: [0, 0],
  12: [0, 0],
  13: [0, 8],
  14: [4, 0],
  15: [0, 12],
  16: [0, 0],
  17: [4, 0],
  18: [0, 0],
  19: [0, 12],
};

/** Longest BTF that is read; distribution kernels have 4 to 8 MiB. */
export const btfLimit = 32 * 1024 * 1024;

const depthLimit = 16;

interface Member {
  readonly offset: number;
  readonly type: number;
}

/** Indexes BTF. Throws `RangeError` when it is none. */
export function parseTypes(bytes: Buffer): TypeTable {
  if (bytes.length < 24 || bytes.readUInt16LE(0) !== 0xeb9f) throw new RangeError('not BTF');
  const headerSize = bytes.readUInt32LE(4);
  const typesAt = headerSize + bytes.readUInt32LE(8);
  const typesEnd = typesAt + bytes.readUInt32LE(12);
  const stringsAt = headerSize + bytes.readUInt32LE(16);
  if (typesEnd > bytes.length || stringsAt >= bytes.length || headerSize < 24) {
    throw new RangeError('the sections of BTF lie outside of it');
  }
  const starts = indexTypes(bytes, typesAt, typesEnd);
  const text = (offset: number): string => {
    const from = stringsAt + offset;
    const end = bytes.indexOf(0, from);
    return from < bytes.length && end >= 0
      ? bytes.toString('latin1', from, Math.min(end, from + 256))
      : '';
  };
  const type = (id: number) => {
    const at = starts[id - 1];
    if (at === undefined) return undefined;
    const info = bytes.readUInt32LE(at + 4);
    return {
      at,
      name: bytes.readUInt32LE(at),
      kind: (info >>> 24) & 0x1f,
      members: info & 0xffff,
      hasBitfields: info >>> 31 === 1,
      sizeOrType: bytes.readUInt32LE(at + 8),
    };
  };
  let named: Map<string, number> | undefined;
  const find = (name: string): number | undefined => {
    if (!named) {
      named = new Map();
      for (let id = 1; id <= starts.length; id += 1) {
        const { kind, name: at } = type(id) ?? { kind: 0, name: 0 };
        const isNamed = kind === kinds.struct || kind === kinds.union || isEnum(kind);
        if (!isNamed || at === 0) continue;
        const key = text(at);
        if (!named.has(key)) named.set(key, id);
      }
    }
    return named.get(name);
  };
  const strip = (start: number): number => {
    let id = start;
    for (let depth = 0; depth < depthLimit; depth += 1) {
      const found = type(id);
      const isAlias =
        found &&
        (
          [kinds.typedef, kinds.volatile, kinds.const, kinds.restrict, kinds.typeTag] as number[]
        ).includes(found.kind);
      if (!found || !isAlias) return id;
      id = found.sizeOrType;
    }
    return id;
  };
  const member = (id: number, name: string, depth: number): Member | undefined => {
    const owner = type(strip(id));
    if (!owner || depth > depthLimit) return undefined;
    if (owner.kind !== kinds.struct && owner.kind !== kinds.union) return undefined;
    for (let index = 0; index < owner.members; index += 1) {
      const at = owner.at + 12 + index * 12;
      const nameAt = bytes.readUInt32LE(at);
      const memberType = bytes.readUInt32LE(at + 4);
      const bits = bytes.readUInt32LE(at + 8) & (owner.hasBitfields ? 0xffffff : 0xffffffff);
      const offset = (bits >>> 0) / 8;
      if (nameAt !== 0 && text(nameAt) === name)
        return { offset: Math.floor(offset), type: memberType };
      if (nameAt !== 0) continue;
      const inner = member(memberType, name, depth + 1);
      if (inner) return { offset: Math.floor(offset) + inner.offset, type: inner.type };
    }
    return undefined;
  };
  const follow = (struct: string, path: string): Member | undefined => {
    let here: Member | undefined = { offset: 0, type: find(struct) ?? 0 };
    for (const name of path.split('.')) {
      const next: Member | undefined = here && member(here.type, name, 0);
      here = next && here && { offset: here.offset + next.offset, type: next.type };
    }
    return here;
  };
  const sizeOf = (id: number, depth: number): number | undefined => {
    const found = type(strip(id));
    if (!found || depth > depthLimit) return undefined;
    if (found.kind === kinds.pointer) return 8;
    if (found.kind === kinds.array) {
      const element = sizeOf(bytes.readUInt32LE(found.at + 12), depth + 1);
      return element === undefined ? undefined : element * bytes.readUInt32LE(found.at + 20);
    }
    return found.sizeOrType;
  };
  return {
    count: starts.length,
    size(name) {
      const id = find(name);
      return id === undefined ? undefined : type(id)?.sizeOrType;
    },
    offset: (struct, path) => follow(struct, path)?.offset,
    memberSize(struct, path) {
      const found = follow(struct, path);
      return found && sizeOf(found.type, 0);
    },
    arrayLength(struct, path) {
      const found = follow(struct, path);
      const array = found && type(strip(found.type));
      return array?.kind === kinds.array ? bytes.readUInt32LE(array.at + 20) : undefined;
    },
    enumValue(enumName, value) {
      const found = type(find(enumName) ?? 0);
      if (!found || !isEnum(found.kind)) return undefined;
      const step = found.kind === kinds.enum64 ? 12 : 8;
      for (let index = 0; index < found.members; index += 1) {
        const at = found.at + 12 + index * step;
        if (text(bytes.readUInt32LE(at)) === value) return bytes.readInt32LE(at + 4);
      }
      return undefined;
    },
  };
}

function isEnum(kind: number): boolean {
  return kind === kinds.enum || kind === kinds.enum64;
}

function indexTypes(bytes: Buffer, from: number, to: number): Uint32Array {
  const starts: number[] = [];
  for (let at = from; at + 12 <= to; ) {
    const info = bytes.readUInt32LE(at + 4);
    const sizes = extra[(info >>> 24) & 0x1f];
    if (!sizes) break;
    const next = at + 12 + sizes[0] + sizes[1] * (info & 0xffff);
    if (next > to) break;
    starts.push(at);
    at = next;
  }
  return Uint32Array.from(starts);
}

/** The head of an HTTP response. */
export interface HttpHead {
  readonly status: number;
  /** Lower-case names; of a name that comes twice, the last value. */
  readonly headers: ReadonlyMap<string, string>;
}

/** A response as curl prints it with `include`: heads, then the body. */
export interface HttpResponse {
  /** Takes what came; false when the head is longer than any head is. */
  push(bytes: Buffer): boolean;
  /** Of the last head that was not a provisional one; undefined until it is whole. */
  readonly head: HttpHead | undefined;
}

const mostHeadBytes = 256 * 1024;

/** Reads a response piece by piece; what is behind the head goes to `onBody`, which says whether it wants more. */
export function readHttpResponse(onBody: (head: HttpHead, bytes: Buffer) => boolean): HttpResponse {
  let pending: Buffer = Buffer.alloc(0);
  let head: HttpHead | undefined;
  return {
    get head() {
      return head;
    },
    push(bytes) {
      if (head !== undefined) return onBody(head, bytes);
      pending = Buffer.concat([pending, bytes]);
      // Provisional heads (100 Continue) go before the one that counts.
      for (let end = endOfHead(pending); end > 0; end = endOfHead(pending)) {
        const found = parseHead(pending.toString('latin1', 0, end));
        pending = pending.subarray(end);
        if (found.status < 200) continue;
        head = found;
        return pending.length === 0 || onBody(head, pending);
      }
      return pending.length <= mostHeadBytes;
    },
  };
}

function endOfHead(bytes: Buffer): number {
  const at = bytes.indexOf('\r\n\r\n');
  return at < 0 ? 0 : at + 4;
}

function parseHead(text: string): HttpHead {
  const [first = '', ...lines] = text.split('\r\n');
  const headers = lines.flatMap((line) => {
    const colon = line.indexOf(':');
    if (colon <= 0) return [];
    return [[line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const];
  });
  return {
    status: Number(/^HTTP\/[\d.]+ (\d{3})/.exec(first)?.[1] ?? 0),
    headers: new Map(headers),
  };
}

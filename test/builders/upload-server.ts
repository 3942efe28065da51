import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer as createHttp, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';

/** What a server does with one request instead of what it usually does. */
export type Behaviour =
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string }
  /** Takes so many bytes of the body, then cuts the connection. */
  | { readonly breakAfter: number }
  /** Takes so many bytes of the body, then does nothing more. */
  | { readonly stallAfter: number }
  /** Does the usual thing with a body that was changed on the way. */
  | { readonly corrupt: true }
  /** Takes it all, and cuts the connection instead of saying so. */
  | { readonly silent: true };

/** Names of settings of a server. */
export interface ServerOptions {
  readonly hasHead?: boolean;
  readonly tellsDigest?: boolean;
  /** Like WebDAV: 409 for a file in a folder that is not there, MKCOL makes one. */
  readonly isWebDav?: boolean;
  /** Answers 200 with a page to any question, as some portals do. */
  readonly answersAll?: boolean;
  /** How much larger than it is it says that a file is. */
  readonly liesBy?: number;
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** A request as it arrived. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
}

/** A support centre's inbox, on this machine: what is put lies in `folder`. */
export interface UploadServer {
  readonly url: string;
  readonly port: number;
  readonly seen: SeenRequest[];
  /** Asked before each request; the usual thing is done where it says nothing. */
  behave: (request: SeenRequest, count: number) => Behaviour | undefined;
  /** Bytes of the body that came so far, of the request that is going on. */
  readonly received: { bytes: number };
  close(): Promise<void>;
}

/** Starts one on a free port of 127.0.0.1. */
export async function startUploadServer(
  folder: string,
  options: ServerOptions = {},
): Promise<UploadServer> {
  const seen: SeenRequest[] = [];
  const received = { bytes: 0 };
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    const { method = '', url = '', headers } = request;
    const one = { method, url, headers };
    seen.push(one);
    received.bytes = 0;
    const count = seen.filter((other) => other.method === method).length;
    const behaviour = server.behave(one, count);
    if (behaviour !== undefined && !('corrupt' in behaviour) && !('silent' in behaviour))
      misbehave(behaviour, request, response, received);
    else if (method === 'PUT')
      takeFile(request, response, { folder, options, received, behaviour });
    else answer(one, response, folder, options);
  };
  const { tls } = options;
  const http = tls === undefined ? createHttp() : createHttps({ key: tls.key, cert: tls.cert });
  http.on('request', handle);
  // As a real one: 100 Continue only where the body is wanted.
  http.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    const { method = '', url = '', headers } = request;
    const count = seen.filter((other) => other.method === method).length + 1;
    const behaviour = server.behave({ method, url, headers }, count);
    if (behaviour === undefined || !('status' in behaviour)) response.writeContinue();
    handle(request, response);
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const { port } = http.address() as AddressInfo;
  const server: UploadServer = {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}/`,
    port,
    seen,
    received,
    behave: () => undefined,
    close: () =>
      new Promise((resolve) => {
        http.close(() => resolve());
        http.closeAllConnections();
      }),
  };
  return server;
}

function misbehave(
  behaviour: Exclude<Behaviour, { corrupt: true } | { silent: true }>,
  request: IncomingMessage,
  response: ServerResponse,
  received: { bytes: number },
): void {
  if ('status' in behaviour) {
    response.writeHead(behaviour.status, { connection: 'close', ...behaviour.headers });
    response.end(behaviour.body ?? '');
    return;
  }
  const most = 'breakAfter' in behaviour ? behaviour.breakAfter : behaviour.stallAfter;
  request.on('error', () => undefined);
  request.on('data', (piece: Buffer) => {
    received.bytes += piece.length;
    if (received.bytes < most) return;
    if ('breakAfter' in behaviour) request.socket.destroy();
    else request.pause();
  });
}

interface Taking {
  readonly folder: string;
  readonly options: ServerOptions;
  readonly received: { bytes: number };
  readonly behaviour: Behaviour | undefined;
}

function takeFile(request: IncomingMessage, response: ServerResponse, taking: Taking): void {
  const path = pathOf(taking.folder, request.url ?? '');
  const pieces: Buffer[] = [];
  request.on('error', () => undefined);
  request.on('data', (piece: Buffer) => {
    pieces.push(piece);
    taking.received.bytes += piece.length;
  });
  request.on('end', () => {
    if (taking.options.isWebDav && !existsSync(dirname(path))) {
      response.writeHead(409).end('no such collection');
      return;
    }
    mkdirSync(dirname(path), { recursive: true });
    const bytes = Buffer.concat(pieces);
    if (taking.behaviour !== undefined && 'corrupt' in taking.behaviour)
      bytes.fill(0, 0, Math.min(1, bytes.length));
    writeFileSync(path, bytes);
    if (taking.behaviour !== undefined && 'silent' in taking.behaviour) request.socket.destroy();
    else response.writeHead(201).end('thank you');
  });
}

function answer(
  { method, url }: SeenRequest,
  response: ServerResponse,
  folder: string,
  options: ServerOptions,
): void {
  const path = pathOf(folder, url);
  if (method === 'MKCOL' && options.isWebDav) {
    mkdirSync(path);
    response.writeHead(201).end();
  } else if (method === 'MKCOL' || (method === 'HEAD' && options.hasHead === false)) {
    response.writeHead(405).end();
  } else if (options.answersAll) {
    response.writeHead(200, { 'content-length': 4711 }).end();
  } else if (!existsSync(path) || statSync(path).isDirectory()) {
    response.writeHead(404).end();
  } else {
    const bytes = readFileSync(path);
    const digest = createHash('sha256').update(bytes).digest('base64');
    response.writeHead(200, {
      'content-length': bytes.length + (method === 'HEAD' ? (options.liesBy ?? 0) : 0),
      ...(options.tellsDigest ? { 'repr-digest': `sha-256=:${digest}:` } : {}),
    });
    response.end(method === 'HEAD' ? undefined : bytes);
  }
}

function pathOf(folder: string, url: string): string {
  const { pathname, searchParams } = new URL(url, 'http://x');
  return join(folder, searchParams.get('file') ?? decodeURIComponent(pathname));
}

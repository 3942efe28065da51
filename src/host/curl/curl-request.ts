import type { RemoteFailure, RemoteStop } from '../../model/remote.ts';
import type { CurlSetting } from './curl-config.ts';
import { failureOfExit, failureOfStatus } from './curl-failure.ts';
import { type HttpHead, readHttpResponse } from './http-response.ts';
import type { CurlEnd, CurlOptions } from './run-curl.ts';

/** What goes out and comes back beside the settings of a request. */
export interface Exchange extends Pick<CurlOptions, 'file' | 'onPosition'> {
  /** Takes what comes with a success; false when it is enough. */
  readonly onBody?: (bytes: Buffer) => boolean;
}

/** It was done; the head is that of HTTP. */
export interface RequestDone {
  readonly state: 'done';
  readonly head?: HttpHead;
}

/** One request, to its end. */
export type Request = (
  settings: readonly CurlSetting[],
  exchange: Exchange,
) => Promise<RequestDone | RemoteFailure | RemoteStop>;

type Run = (
  settings: readonly CurlSetting[],
  options: Omit<CurlOptions, 'signal' | 'idleMs'>,
) => Promise<CurlEnd>;

/** Of a refusal, as much as is shown to people; of a thank you, more than any page has. */
const mostWords = 4096;
const mostThanks = 1024 * 1024;

/** Requests whose answer is that of HTTP. */
export function httpRequest(run: Run): Request {
  return async (settings, { onBody, ...exchange }) => {
    let words = '';
    let taken = 0;
    const response = readHttpResponse((head, bytes) => {
      if (isSuccess(head) && onBody !== undefined) return onBody(bytes);
      taken += bytes.length;
      if (isSuccess(head)) return taken <= mostThanks;
      words = (words + bytes.toString('utf8', 0, mostWords)).slice(0, mostWords);
      return taken <= mostWords;
    });
    const onOutput = (bytes: Buffer) => response.push(bytes);
    const end = await run([['include'], ...settings], { ...exchange, onOutput });
    if (end.state === 'stopped') return end;
    const { head } = response;
    // A refusal counts, though the connection may have been cut while we were still sending.
    if (head !== undefined && !isSuccess(head)) return failureOfStatus(head, words);
    if (end.exitCode !== 0) return failureOfExit(end.exitCode, end.stderr);
    if (head === undefined) return refused('it does not answer as HTTP does');
    return taken > mostThanks ? refused('its answer has no end') : { state: 'done', head };
  };
}

/** Requests whose answer is how curl ended. */
export function plainRequest(run: Run): Request {
  return async (settings, { onBody, ...exchange }) => {
    const onOutput = (bytes: Buffer) => onBody?.(bytes) ?? true;
    const end = await run(settings, { ...exchange, onOutput });
    if (end.state === 'stopped') return end;
    return end.exitCode === 0 ? { state: 'done' } : failureOfExit(end.exitCode, end.stderr);
  };
}

function refused(says: string): RemoteFailure {
  return { state: 'failed', reason: 'refused', says };
}

function isSuccess({ status }: HttpHead): boolean {
  return status >= 200 && status < 300;
}

import { createRequire } from 'node:module';

/** The version in package.json, which is two folders up both in a checkout and when installed. */
export function version(): string {
  const { version: text } = createRequire(import.meta.url)('../../package.json') as {
    version: string;
  };
  return text;
}

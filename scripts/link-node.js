// Run by npm after `npm ci` in a checkout. npm 9, which Debian 12 has, installs both packages of Node 24, takes the one for
// the other processor away again, and with it the link that both would have had. Plain JavaScript, since an old Node runs it.
import { existsSync, rmSync, symlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const modules = new URL('../node_modules/', import.meta.url);
const target = `../node-linux-${process.arch}/bin/node`;
const link = fileURLToPath(new URL('.bin/node', modules));

if (existsSync(new URL(target, new URL('.bin/', modules))) && !existsSync(link)) {
  rmSync(link, { force: true });
  symlinkSync(target, link);
}

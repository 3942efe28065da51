// Run by npm at the end of `npm ci` in a checkout. Node 24 comes as a package, so that the Node of an old distribution is
// enough to begin with; npm 9 and Node 18, which Debian 12 has, leave two things to be put right. Plain JavaScript: the
// old Node runs it.
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, symlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const commands = new URL('../node_modules/.bin/', import.meta.url);
const node = fileURLToPath(new URL('node', commands));
const target = `../node-linux-${process.arch}/bin/node`;
const [major, minor] = process.versions.node.split('.').map(Number);

linkNode();
if (major < 22 || (major === 22 && minor < 18)) installForNode24();

// npm 9 installs the packages of Node for both processors, takes the wrong one away again, and with it the name that
// both give.
function linkNode() {
  if (existsSync(node) || !existsSync(new URL(target, commands))) return;
  rmSync(node, { force: true });
  symlinkSync(target, node);
}

// Optional packages (the native parts of the test runner) were left out, because they are not for the old Node: npm
// chooses once more, run by Node 24.
function installForNode24() {
  const npm = process.env.npm_execpath;
  if (npm === undefined || !existsSync(node)) return;
  const { status } = spawnSync(node, [npm, 'ci', '--ignore-scripts', '--loglevel=error'], {
    stdio: 'inherit',
  });
  linkNode();
  process.exitCode = status ?? 1;
}

import { expect, it } from 'vitest';
import { fixFor } from '../../src/kdump/checks/fixes.ts';
import { describeMachine } from '../../src/kdump/machine/machine.ts';
import { debian12, kdumpMachineFacts } from '../builders/kdump-machine.ts';

it.each([
  ['x86_64', 'linux-image-amd64'],
  ['aarch64', 'linux-image-arm64'],
  ['ppc64le', 'linux-image-powerpc64le'],
])('names no kernel of another architecture on %s', async (arch, kernelPackage) => {
  const machine = describeMachine(await kdumpMachineFacts(debian12));
  const kernel = { ...machine.kernel, arch };
  const [install] = fixFor('stockKernel')({ ...machine, kernel });
  expect(install).toMatch(new RegExp(`^apt install ${kernelPackage} `));
});

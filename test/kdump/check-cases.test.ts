import { describe, expect, it } from 'vitest';
import { checkMachine } from '../../src/kdump/check-machine.ts';
import { catalogue } from '../../src/kdump/checks/catalogue.ts';
import type { HealthyMachine, MachineChange } from '../builders/kdump-machine.ts';
import { debian12, kdumpMachineFacts, rhel9, sles15 } from '../builders/kdump-machine.ts';
import { knownMachineFacts, knownMachines } from '../builders/known-machines.ts';
import { captureCases } from './check-cases/capture-cases.ts';
import { kernelCases } from './check-cases/kernel-cases.ts';
import { otherCases } from './check-cases/other-cases.ts';
import { rehearsalCases } from './check-cases/rehearsal-cases.ts';
import { remoteCases } from './check-cases/remote-cases.ts';
import { withoutBothSides } from './check-cases/without-both-sides.ts';

const cases = [...kernelCases, ...captureCases, ...otherCases, ...rehearsalCases, ...remoteCases];

async function stateOf(machine: HealthyMachine, id: string, change: MachineChange = {}) {
  const { findings } = checkMachine(await kdumpMachineFacts(machine, change), 'test');
  return findings.find((finding) => finding.id === `kdump/${id}`);
}

describe('each check, on a healthy machine with one thing changed', () => {
  it.each(cases.map((each) => ({ ...each, name: `${each.id}: ${each.when}: ${each.expected}` })))(
    '$name',
    async ({ id, on, change, expected }) => {
      const finding = await stateOf(on, id, change);
      expect(finding?.state, finding?.says).toBe(expected);
    },
  );
});

describe('the tables', () => {
  it('show of every check but those listed that it passes and that it does not', async () => {
    const passing = new Set(
      cases.filter(({ expected }) => expected === 'pass').map(({ id }) => id),
    );
    for (const machine of [rhel9, sles15, debian12]) {
      const { findings } = checkMachine(await kdumpMachineFacts(machine), 'test');
      for (const { id, state } of findings)
        if (state === 'pass') passing.add(id.replace('kdump/', ''));
    }
    const broken = new Set(
      cases.filter(({ expected }) => /warn|fail/.test(expected)).map(({ id }) => id),
    );
    const missing = catalogue
      .map(({ id }) => id)
      .filter((id) => !passing.has(id) || !broken.has(id));
    expect(missing.sort()).toEqual(Object.keys(withoutBothSides).sort());
  });

  it('give a reason for those listed that is true: they neither warn nor fail anywhere', async () => {
    const listed = cases.filter(({ id }) => id in withoutBothSides);
    const states = new Set(listed.map(({ expected }) => expected));
    for (const machine of knownMachines) {
      const { findings } = checkMachine(await knownMachineFacts(machine), 'test');
      for (const { id, state } of findings)
        if (id.replace('kdump/', '') in withoutBothSides) states.add(state);
    }
    expect([...states].sort()).toEqual(['pass', 'skip']);
  });

  it('name only checks of the catalogue', () => {
    const ids = new Set(catalogue.map(({ id }) => id));
    expect(cases.filter(({ id }) => !ids.has(id)).map(({ id }) => id)).toEqual([]);
  });
});

import { expect, it } from 'vitest';
import { checkMachine } from '../../src/kdump/check-machine.ts';
import { debian12, kdumpMachineFacts, rhel9, sles15 } from '../builders/kdump-machine.ts';

it.each(Object.entries({ rhel9, sles15, debian12 }))(
  'a healthy %s has nothing to complain about in any check',
  async (_, machine) => {
    const report = checkMachine(await kdumpMachineFacts(machine), 'test');
    const wrong = report.findings.filter(({ state }) => state !== 'pass' && state !== 'skip');
    expect(wrong.map(({ id, state, says }) => `${id} ${state}: ${says}`)).toEqual([]);
    expect(report.verdict, report.because).toBe('ready');
  },
);

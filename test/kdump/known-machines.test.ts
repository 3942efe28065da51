import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkMachine } from '../../src/kdump/check-machine.ts';
import {
  renderJson,
  renderJunit,
  renderMarkdown,
  renderPrometheus,
} from '../../src/kdump/report/render-formats.ts';
import { renderText } from '../../src/kdump/report/render-text.ts';
import type { KdumpReport } from '../../src/kdump/report/report.ts';
import { buildInitrd } from '../builders/build-initrd.ts';
import { buildSquashfs } from '../builders/build-squashfs.ts';
import { kdumpMachineFacts, rhel9, written } from '../builders/kdump-machine.ts';
import { type KnownMachine, knownMachineFacts, knownMachines } from '../builders/known-machines.ts';
import { schemaProblems } from '../json-schema.ts';

const schema = JSON.parse(
  readFileSync(new URL('../../docs/formats/kdump-report.schema.json', import.meta.url), 'utf8'),
);

async function reportOf(machine: KnownMachine): Promise<KdumpReport> {
  return checkMachine(await knownMachineFacts(machine), '1.0.0');
}

function stateOf({ findings }: KdumpReport, id: string): string | undefined {
  return findings.find((each) => each.id === `kdump/${id}`)?.state;
}

// `vitest -u` writes the golden reports anew: read the difference as an administrator would.
describe('machines as they are met', () => {
  describe.each(knownMachines.map((machine) => [machine.name, machine] as const))('%s', (...of) => {
    const [name, machine] = of;

    it('comes to what is known of it', async () => {
      const report = await reportOf(machine);
      const states = Object.keys(machine.expected).map((id) => [id, stateOf(report, id)]);
      expect(Object.fromEntries(states)).toEqual(machine.expected);
    });

    it('reads as the golden report', async () => {
      const text = renderText(await reportOf(machine));
      await expect(text).toMatchFileSnapshot(`../fixtures/kdump-reports/${name}.txt`);
    });

    it('is a report as docs/formats/kdump-report.schema.json says', async () => {
      expect(schemaProblems(JSON.parse(renderJson(await reportOf(machine))), schema)).toEqual([]);
    });
  });

  it.each([
    ['json', renderJson],
    ['junit.xml', renderJunit],
    ['prom', renderPrometheus],
    ['md', renderMarkdown],
    ['verbose.txt', (report: KdumpReport) => renderText(report, { isVerbose: true })],
  ])('rhel9-ssh reads as the golden %s', async (format, render) => {
    const machine = knownMachines.find(({ name }) => name === 'rhel9-ssh') as KnownMachine;
    await expect(render(await reportOf(machine))).toMatchFileSnapshot(
      `../fixtures/kdump-reports/rhel9-ssh.${format}`,
    );
  });
});

describe('a capture initrd whose files lie in a squashfs image', () => {
  const squashed = (files: Readonly<Record<string, string>>) => ({
    files: {
      [rhel9.initrdPath]: {
        bytes: buildInitrd({ 'squash-root.img': buildSquashfs(files), init: '#!/bin/sh\n' }),
        mtimeMs: written + 86_400_000,
      },
    },
  });

  it('leaves a healthy RHEL 9 ready: it was unproven', async () => {
    const report = checkMachine(await kdumpMachineFacts(rhel9, squashed(rhel9.initrd)), 'test');
    expect(report.verdict, report.because).toBe('ready');
    expect(stateOf(report, 'capture-initrd-squash')).toBe('pass');
  });

  it('is seen to lack makedumpfile', async () => {
    const { 'usr/bin/makedumpfile': _, ...rest } = rhel9.initrd;
    const report = checkMachine(await kdumpMachineFacts(rhel9, squashed(rest)), 'test');
    expect(stateOf(report, 'capture-initrd-tools')).toBe('fail');
  });
});

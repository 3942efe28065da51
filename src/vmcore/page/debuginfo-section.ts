import { printable } from '../../std/printable.ts';
import type { Analysis } from '../analysis.ts';
import type { Block, Section } from './page.ts';

/** Where to get the matching debuginfo and what to type then. */
export function debuginfoSection({ system, toolInput }: Analysis): Section | undefined {
  const release = system.release && printable(system.release);
  if (!release) return undefined;
  const rows: [string, string][] = [['release', release]];
  if (system.buildId) {
    const doubt = system.buildIdProblem ? ` (${system.buildIdProblem})` : '';
    rows.push(['BUILD-ID', `${system.buildId}${doubt}`]);
  }
  const { install, vmlinux } = packageFor(release, system.buildId);
  const files = toolInput.files.map((name) => quote(printable(name)));
  const names = files.join(' ');
  const join = toolInput.command === undefined ? [] : [printable(toolInput.command)];
  // drgn takes one file: a split set is joined by makedumpfile first.
  const isSet = files.length > 1;
  const reassemble = isSet ? [`makedumpfile --reassemble ${names} vmcore`] : [];
  const blocks: Block[] = [
    { kind: 'facts', rows },
    {
      kind: 'code',
      lines: [
        install,
        ...join,
        `crash ${vmlinux} ${names}`,
        ...reassemble,
        `drgn -c ${isSet ? 'vmcore' : names} -s ${vmlinux}`,
      ],
    },
  ];
  return { heading: 'Debuginfo and tools', blocks };
}

function packageFor(
  release: string,
  buildId: string | undefined,
): { install: string; vmlinux: string } {
  if (/\.(?:el|amzn|fc)\d|\.el\d+uek|uek/.test(release)) {
    return {
      install: `dnf debuginfo-install kernel-${release}`,
      vmlinux: `/usr/lib/debug/lib/modules/${release}/vmlinux`,
    };
  }
  if (/-(?:generic|aws|azure|gcp|lowlatency|kvm|oracle)$/.test(release)) {
    return {
      install: `apt install linux-image-unsigned-${release}-dbgsym`,
      vmlinux: `/usr/lib/debug/boot/vmlinux-${release}`,
    };
  }
  if (/-(?:amd64|arm64|cloud-amd64|cloud-arm64|rt-amd64)$/.test(release)) {
    return {
      install: `apt install linux-image-${release}-dbg`,
      vmlinux: `/usr/lib/debug/boot/vmlinux-${release}`,
    };
  }
  if (/-(?:default|azure|preempt|64kb)$/.test(release)) {
    return {
      install: `zypper install kernel-default-debuginfo   # of exactly ${release}`,
      vmlinux: `/usr/lib/debug/boot/vmlinux-${release}.debug`,
    };
  }
  return {
    install: buildId
      ? `debuginfod-find debuginfo ${buildId}`
      : '# install the debuginfo of exactly this release',
    vmlinux: 'VMLINUX',
  };
}

/** A file name as a shell takes it. */
export function quote(name: string): string {
  return /^[\w./@%+=:,-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`;
}

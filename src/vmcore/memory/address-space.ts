import type { PhysicalMemory } from '../format/physical-memory.ts';
import type { VmcoreInfo } from '../format/vmcoreinfo.ts';
import { arm64AddressSpace } from './arm64.ts';
import type { AddressSpace } from './kernel-memory.ts';
import { type PhysicalHints, x86AddressSpace } from './x86-64.ts';

/** The address space of the dumped kernel; a string says why addresses cannot be translated. */
export function openAddressSpace(
  machine: string | undefined,
  memory: PhysicalMemory,
  info: VmcoreInfo,
  hints: PhysicalHints,
): AddressSpace | string {
  switch (machine) {
    case 'x86_64':
      return x86AddressSpace(memory, info, hints);
    case 'aarch64':
      return arm64AddressSpace(memory, info);
    // The kernel's own data is in the linear mapping, which needs no walk; vmalloc and modules stay unmapped.
    case 'ppc64':
    case 'ppc64le':
      return linear((address) => (address >> 60n === 0xcn ? address & 0x0fffffffffffffffn : -1n));
    case 's390x':
      return linear((address) => address - (info.number('IDENTITYBASE') ?? 0n));
    case 'i386':
    case 'i686':
      return linear((address) => address - 0xc0000000n);
    case 'riscv64':
      return riscv(info);
    default:
      return machine?.startsWith('arm')
        ? arm(hints)
        : `addresses of a ${machine ?? 'unknown'} kernel cannot be translated`;
  }
}

function linear(physical: (address: bigint) => bigint): AddressSpace {
  return {
    translate(address) {
      const place = physical(address);
      return place >= 0n && place < 2n ** 52n ? Number(place) : { kind: 'unmapped' };
    },
  };
}

function riscv(info: VmcoreInfo): AddressSpace | string {
  const ram = info.number('phys_ram_base');
  const offset = info.number('PAGE_OFFSET');
  const image = info.number('va_kernel_pa_offset');
  const link = info.number('KERNEL_LINK_ADDR');
  if (ram === undefined || offset === undefined) return 'VMCOREINFO has no phys_ram_base';
  return linear((address) =>
    image !== undefined && link !== undefined && address >= link
      ? address - image
      : address - offset + ram,
  );
}

function arm({ textLoad }: PhysicalHints): AddressSpace | string {
  if (!textLoad) return 'no segment tells where the kernel lies';
  return linear((address) => address - textLoad.virtual + BigInt(textLoad.physical));
}

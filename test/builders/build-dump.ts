import { buildElf, buildX64Status } from './build-elf.ts';
import { type BuiltLog, type BuiltMessage, buildRingLog } from './build-kernel-log.ts';
import { memoryImage } from './memory-image.ts';

/** Where the kernel image of built dumps lies: __START_KERNEL_map, at this physical address. */
export const imageStart = 0xffffffff80000000n;
const logAt = 0x4000;

/** VMCOREINFO and memory of a small x86_64 kernel that has nothing but a log. */
export function buildKernel(messages: readonly BuiltMessage[], log?: BuiltLog) {
  const base = imageStart + BigInt(logAt);
  const built = log ?? buildRingLog(messages, base);
  const image = memoryImage();
  image.write(logAt, (out) => out.bytes(0, built.bytes));
  image.write(0x1000, (out) => {
    for (const [index, text] of ['Linux', 'built', '6.1.0-test', '#1', 'x86_64'].entries()) {
      out.text(index * 65, text);
    }
  });
  const symbols = Object.entries(built.symbols).map(
    ([name, offset]) => `SYMBOL(${name})=${(base + BigInt(offset)).toString(16)}\n`,
  );
  const info = `OSRELEASE=6.1.0-test
PAGESIZE=4096
SYMBOL(init_uts_ns)=${(imageStart + 0x1000n).toString(16)}
OFFSET(uts_namespace.name)=0
SYMBOL(swapper_pg_dir)=${(imageStart + 0x2000n).toString(16)}
SYMBOL(_stext)=${imageStart.toString(16)}
${symbols.join('')}${built.keys}NUMBER(phys_base)=0
NUMBER(pgtable_l5_enabled)=0
CRASHTIME=1795452346
`;
  return { image, info, base };
}

/** The address at which the log of `buildKernel` will lie, for building one by hand. */
export const builtLogBase = imageStart + BigInt(logAt);

/** An ELF vmcore of that kernel. */
export function buildElfDump(messages: readonly BuiltMessage[]): Buffer {
  const { image, info } = buildKernel(messages);
  return buildElf({
    notes: [
      {
        name: 'CORE',
        type: 1,
        content: buildX64Status(94, { rip: imageStart + 0x10n, rsp: imageStart }),
      },
      { name: 'VMCOREINFO', type: 0, content: Buffer.from(info) },
    ],
    segments: [...image.pages()].map(([frame, bytes]) => ({ physical: frame * 4096, bytes })),
  });
}

import { isCrashKernelLoaded } from '../machine/kexec.ts';
import { type Check, fail, pass, seen, unknown } from './check.ts';
import { fixFor } from './fixes.ts';

const knownMessages: readonly (readonly [RegExp, string])[] = [
  [
    /locate_hole failed|Could not find a free area of memory/,
    'the reservation is too small to load kernel and initrd',
  ],
  [/no crashkernel= parameter/, 'there is no crashkernel= on the command line'],
  [
    /KDUMP_INITRD does not exist|No kdump initial ramdisk found|Unable to locate kernel hook/,
    'the capture initrd is missing and could not be built',
  ],
  [
    /KDUMP_KERNEL does not exist|Failed to detect kdump kernel location/,
    'the crash kernel image was not found',
  ],
  [
    /Operation not permitted|kexec_load_disabled/,
    'the kernel forbids loading (kexec_load_disabled or lockdown)',
  ],
  [/No memory reserved for crash kernel|No crashkernel memory reserved/, 'no memory is reserved'],
  [/USE_KDUMP is not set or zero/, 'USE_KDUMP is off'],
  [
    /Invalid kdump config option|Duplicated kdump config|Deprecated kdump config|More than one dump targets/,
    'the configuration is refused',
  ],
  [/Failed to mount .* for kdump preflight/, 'the dump target could not be mounted'],
  [/does not have write permission/, 'the folder for the capture initrd cannot be written'],
  [/No space left on device/, 'there is no space for the capture initrd'],
  [
    /Key was rejected|Required key not available|kexec_file_load failed.*No data/,
    'the kernel image is not signed with a trusted key',
  ],
  [/EBUSY|Device or resource busy/, 'two services loaded at the same time'],
  [/failed to load kdump kernel|kexec: failed to load/, 'kexec failed to load the crash kernel'],
];
/** Section 3, further: what does the service itself say? */
export const serviceLogChecks: readonly Check[] = [
  {
    id: 'kexec-journal-errors',
    group: 'loaded',
    weight: 'high',
    title: "the service's last start reported no error",
    why: 'Its log tells why nothing is loaded; its exit status does not.',
    reads: 'journalctl -b -u kdump, only when nothing is loaded',
    fix: fixFor('load'),
    evaluate(machine) {
      if (isCrashKernelLoaded(machine))
        return pass('a crash kernel is loaded', seen(machine.isLoaded.from, 1));
      const journal = machine.facts.outputs.get('journalctl');
      if (journal?.state !== 'known') return unknown('the journal of the service was not read');
      const lines = journal.value.split('\n');
      const found = knownMessages.flatMap(([pattern, meaning]) => {
        const line = lines.findLast((text) => pattern.test(text));
        return line === undefined ? [] : [{ meaning, line }];
      });
      return found.length > 0
        ? fail(
            `the service says why: ${found[0]?.meaning}`,
            ...found.slice(0, 4).map(({ line }) => seen(journal.from, line.trim())),
          )
        : pass('its log names no known error', seen(journal.from, `${lines.length} lines`));
    },
  },
];

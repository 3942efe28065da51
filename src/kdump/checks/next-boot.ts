import { textOf } from '../facts.ts';
import { parseShellVariables } from '../parse/text.ts';
import { type Check, fail, pass, seen, skip, unknown, warn } from './check.ts';
import { crashkernelWords, requestFor, withWord } from './crashkernel-words.ts';
import { fixFor } from './fixes.ts';
import { settingFix } from './setting-fix.ts';

/** Section 2, further: will it be at the next boot? */
export const nextBootChecks: readonly Check[] = [
  {
    id: 'crashkernel-next-boot',
    group: 'reservation',
    weight: 'critical',
    title: 'the next boot sets memory aside as well',
    why: 'A kernel update or a rewritten boot menu takes the protection away, and nobody notices until the panic after it.',
    reads: 'default entry of grub.cfg, Boot Loader Specification entries, /proc/cmdline',
    isStatic: true,
    fix: fixFor('reserve'),
    evaluate(machine) {
      const next = machine.kernel.defaultEntry;
      if (!next)
        return machine.facts.isLive || machine.hasKernelState
          ? unknown(
              'no boot menu could be read (grub.cfg and loader entries are readable by root only)',
            )
          : unknown('the image has no boot menu that is understood');
      const words = crashkernelWords(next.options);
      const evidence = [seen(next.from, `${next.title}: ${words || 'no crashkernel='}`)];
      if (words === '')
        return fail(`the next boot ("${next.title}") has no crashkernel=`, ...evidence);
      const { error, size } = requestFor(machine, next.options);
      if (error !== undefined || size === 0)
        return fail(`the next boot reserves nothing: ${error ?? 'no message'}`, ...evidence);
      const now =
        machine.kernel.cmdline === undefined ? words : crashkernelWords(machine.kernel.cmdline);
      if (now === words) return pass('the next boot asks for the same', ...evidence);
      const says = `the next boot has ${words}, this one ${now || 'no crashkernel='}`;
      const changed = warn(says, ...evidence, seen('/proc/cmdline', now || 'no crashkernel='));
      // Where the next boot reserves as much or more somebody wrote it so: nothing has to be written.
      const isBetter = machine.crashBytes.state === 'known' && machine.crashBytes.value <= size;
      return isBetter ? { ...changed, fix: ['reboot'] } : changed;
    },
  },
  {
    id: 'crashkernel-every-entry',
    group: 'reservation',
    weight: 'medium',
    title: 'every entry of the boot menu sets memory aside',
    why: 'After falling back to an older kernel the machine would be unprotected.',
    reads: 'all boot entries but rescue ones',
    isStatic: true,
    fix: fixFor('reserve'),
    evaluate({ kernel }) {
      const entries = kernel.entries.filter(({ isRescue }) => !isRescue);
      if (entries.length === 0) return unknown('no boot menu could be read');
      const bare = entries.filter(({ options }) => !options.includes('crashkernel='));
      return bare.length > 0
        ? warn(
            `${bare.length} of ${entries.length} boot entries have no crashkernel=`,
            ...bare.slice(0, 5).map(({ from, title }) => seen(from, title)),
          )
        : pass(
            `all ${entries.length} boot entries have it`,
            seen(entries[0]?.from ?? '', `${entries.length} entries`),
          );
    },
  },
  {
    id: 'grub-source-shadowed',
    group: 'reservation',
    weight: 'high',
    title: "what is set in the boot loader's source takes effect",
    why: 'A later file that assigns instead of appending throws crashkernel= away at the next update-grub.',
    reads: '/etc/default/grub, /etc/default/grub.d/*.cfg in order',
    isStatic: true,
    evaluate(machine) {
      const paths = [
        '/etc/default/grub',
        ...[...machine.facts.files.keys()]
          .filter((path) => /^\/etc\/default\/grub\.d\/[^/]+\.cfg$/.test(path))
          .sort(),
      ];
      let values: ReadonlyMap<string, string> = new Map();
      let setBy: string | undefined;
      const has = () => [...values.values()].some((value) => value.includes('crashkernel='));
      for (const path of paths) {
        const text = textOf(machine.facts, path);
        if (text === undefined) continue;
        const had = has();
        values = parseShellVariables(text, values).values;
        if (!had && has()) setBy = path;
        if (had && !has())
          return {
            ...warn(
              `${path} throws away the crashkernel= that ${setBy} sets`,
              seen(path, 'assigns without $GRUB_CMDLINE_LINUX_DEFAULT'),
            ),
            fix: [
              `sed -i 's/^\\(GRUB_CMDLINE_LINUX[A-Z_]*\\)="/\\1="$\\1 /' ${path}`,
              'update-grub',
            ],
          };
      }
      if (values.size === 0) return skip('there is no /etc/default/grub');
      return pass(
        has() ? `crashkernel= is set by ${setBy} and kept` : 'no file throws a crashkernel= away',
        seen(setBy ?? '/etc/default/grub', 'read in order'),
      );
    },
  },
  {
    id: 'auto-reset-overwrites',
    group: 'reservation',
    weight: 'high',
    title: 'a crashkernel= chosen by hand survives the next update',
    why: 'With auto_reset_crashkernel the package writes its default over every entry when it or a kernel is installed.',
    reads: 'auto_reset_crashkernel in /etc/kdump.conf, /proc/cmdline',
    isStatic: true,
    fix: (machine) => settingFix({ redhat: 'auto_reset_crashkernel no' })(machine).slice(0, 2),
    evaluate(machine) {
      if (machine.settings.tooling !== 'redhat') return skip('only the Red Hat family resets it');
      const setting = machine.settings.conf?.values.get('auto_reset_crashkernel') ?? 'yes';
      return withWord(machine, (_, words, from) => {
        const isDefault = /crashkernel=(?:auto$|1G-|2G-|4G-)/.test(words);
        return setting !== 'no' && !isDefault
          ? warn(
              'the next update of kdump or of a kernel replaces the value chosen by hand',
              seen(from, words),
              seen('/etc/kdump.conf', `auto_reset_crashkernel ${setting}`),
            )
          : pass(
              'nothing replaces it',
              seen(from, words),
              seen('/etc/kdump.conf', `auto_reset_crashkernel ${setting}`),
            );
      });
    },
  },
];

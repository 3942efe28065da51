import { describe, expect, it } from 'vitest';
import {
  defaultEntry,
  inMenuOrder,
  loaderDefault,
  parseGrubCfg,
  parseGrubenv,
  parseLoaderEntry,
  parseZiplConf,
} from '../../src/kdump/parse/boot-entries.ts';

// As Ubuntu's grub-mkconfig writes it, abridged.
const ubuntu = parseGrubCfg(
  `function gfxmode {
  set gfxpayload="\${1}"
}
menuentry 'Ubuntu' --class ubuntu $menuentry_id_option 'gnulinux-simple-1' {
  if [ x$grub_platform = xxen ]; then insmod xzio; fi
  linux /vmlinuz-6.8.0-45-generic root=/dev/vda1 ro crashkernel=512M
}
submenu 'Advanced options for Ubuntu' $menuentry_id_option 'gnulinux-advanced-1' {
  menuentry 'Ubuntu, with Linux 6.8.0-45-generic' $menuentry_id_option 'gnulinux-6.8.0-45-generic-advanced-1' {
    linux /vmlinuz-6.8.0-45-generic root=/dev/vda1 ro crashkernel=512M
  }
  menuentry 'Ubuntu, with Linux 6.8.0-45-generic (recovery mode)' $menuentry_id_option 'gnulinux-6.8.0-45-generic-recovery-1' {
    linux /vmlinuz-6.8.0-45-generic root=/dev/vda1 ro recovery
  }
  menuentry 'Ubuntu, with Linux 6.8.0-40-generic' $menuentry_id_option 'gnulinux-6.8.0-40-generic-advanced-1' {
    linux /vmlinuz-6.8.0-40-generic root=/dev/vda1 ro
  }
}
menuentry 'Windows Boot Manager' $menuentry_id_option 'osprober-efi' {
  chainloader /EFI/Microsoft/Boot/bootmgfw.efi
}
`,
  '/boot/grub/grub.cfg',
);

describe('the entry of GRUB that boots next', () => {
  it.each([
    [undefined, '6.8.0-45-generic'],
    ['0', '6.8.0-45-generic'],
    ['1', '6.8.0-45-generic'],
    ['1>2', '6.8.0-40-generic'],
    ['gnulinux-advanced-1>gnulinux-6.8.0-40-generic-advanced-1', '6.8.0-40-generic'],
    ['Advanced options for Ubuntu>Ubuntu, with Linux 6.8.0-40-generic', '6.8.0-40-generic'],
    ['Ubuntu, that was removed', '6.8.0-45-generic'],
  ])('is found in submenus: %s', (saved, release) => {
    expect(defaultEntry(ubuntu, saved)?.release).toBe(release);
  });

  it('is not another one where the index is that of another system', () => {
    expect(defaultEntry(ubuntu, '2')).toBeUndefined();
  });
});

describe('grubenv', () => {
  it('keeps what follows a blank: RHEL 8 has its whole command line there', () => {
    const grubenv = parseGrubenv(
      '# GRUB Environment Block\nsaved_entry=SLES 15-SP6\nkernelopts=root=/dev/mapper/rhel-root ro crashkernel=auto quiet \n#######',
    );
    expect(grubenv.get('saved_entry')).toBe('SLES 15-SP6');
    const entry = parseLoaderEntry(
      'title RHEL\nlinux /vmlinuz-4.18.0-553.el8_10.x86_64\noptions $kernelopts $tuned_params\n',
      '/boot/loader/entries/m-4.18.0-553.el8_10.x86_64.conf',
      grubenv,
    );
    expect(entry?.options).toContain('crashkernel=auto quiet');
  });
});

describe('entries of the boot loader specification', () => {
  const entries = inMenuOrder(
    ['m-0-rescue', 'm-5.14.0-70.el9.x86_64', 'm-5.14.0-427.el9.x86_64'].flatMap(
      (id) =>
        parseLoaderEntry(
          `title ${id}\nlinux /vmlinuz-${id.slice(2)}\n`,
          `/e/${id}.conf`,
          new Map(),
        ) ?? [],
    ),
  );

  it('are counted from the highest release on', () => {
    expect(defaultEntry(entries, undefined)?.release).toBe('5.14.0-427.el9.x86_64');
    expect(defaultEntry(entries, '1')?.release).toBe('5.14.0-70.el9.x86_64');
    expect(defaultEntry(entries, 'm-5.14.0-70.el9.x86_64')?.release).toBe('5.14.0-70.el9.x86_64');
  });

  it('are chosen by a pattern of loader.conf', () => {
    expect(loaderDefault(entries, 'm-5.14.0-70*')?.release).toBe('5.14.0-70.el9.x86_64');
    expect(loaderDefault(entries, '@saved')).toBeUndefined();
  });
});

describe('zipl.conf', () => {
  it('names the section that its menu has as the default', () => {
    const { entries, saved } = parseZiplConf(
      '[defaultboot]\ndefaultmenu = menu\n:menu\ntarget = /boot\n1 = ubuntu\n2 = old\ndefault = 2\n[ubuntu]\nimage = /boot/vmlinuz\nparameters = "root=/dev/dasda1 crashkernel=512M"\n[old]\nimage = /boot/vmlinuz.old\nparameters = root=/dev/dasda1\n',
      '/etc/zipl.conf',
    );
    expect(defaultEntry(entries, saved)).toMatchObject({
      title: 'old',
      options: 'root=/dev/dasda1',
    });
    expect(entries[0]?.options).toBe('root=/dev/dasda1 crashkernel=512M');
  });
});

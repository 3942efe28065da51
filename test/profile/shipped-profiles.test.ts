import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { HostView } from '../../src/model/plan.ts';
import { families, type Item } from '../../src/model/profile.ts';
import { planCollection } from '../../src/profile/plan-collection.ts';
import { renderProblem } from '../../src/profile/problem.ts';
import { renderProfileSchema } from '../../src/profile/profile-schema.ts';
import { resolveProfile } from '../../src/profile/resolve-profiles.ts';
import { shipped, shippedItems, shippedLibrary, shippedProfiles } from './shipped.ts';

// recipes: the classes of trouble; and the subjects of the machine.
const symptoms =
  'hang slow high-load oom memory-leak panic unexpected-reboot process-death disk-full io-stall network-loss dns ' +
  'time-jump boot-failure ssh-login guest-host security-incident app-errors';
const subjects =
  'kernel kdump processes memory cpu storage filesystems network services logs packages boot hardware security ' +
  'users-time virtualization containers performance cluster';

/** A host on which everything is there, so that a plan holds all of a profile. */
function hostWithEverything(items: readonly Item[], family: HostView['family']): HostView {
  return {
    isLive: true,
    isRunning: true,
    isRoot: true,
    family,
    commands: new Set(
      items.flatMap(({ take }) => (take.kind === 'run' ? [take.argv[0] ?? ''] : [])),
    ),
    paths: new Map(items.flatMap(({ when }) => when.exists.map((path) => [path, true] as const))),
    modules: undefined,
    each: new Map(
      (
        [
          'interface',
          'disk',
          'nvme',
          'md',
          'netns',
          'xfs',
          'ext',
          'btrfs',
          'module',
          'kernel',
        ] as const
      ).map((kind) => [kind, [`${kind}0`, `${kind}1`]] as const),
    ),
  };
}

describe('shipped profiles', () => {
  it('are free of problems', () => {
    expect(shippedLibrary.problems.map(renderProblem)).toEqual([]);
    for (const { name } of shippedProfiles) {
      expect(resolveProfile(name, shippedLibrary)?.problems.map(renderProblem)).toEqual([]);
    }
  });

  it('look through the links that a folder of /sys/class consists of, and not at them', () => {
    const paths = shippedItems.flatMap(({ take, fallback }) => [
      ...(take.kind === 'read' ? take.paths : []),
      ...(fallback?.paths ?? []),
    ]);
    // `/sys/class/fc_host` holds links alone, and so is `/sys/class/dmi/id` one: they lead out of the bundle.
    const ofLinks = /^\/sys\/(?:block|class\/[^/]+|bus\/[^/]+\/(?:devices|drivers))(?:\/[^/]+)?$/;
    expect(paths.filter((path) => ofLinks.test(path))).toEqual([]);
  });

  it('cover every class of trouble, every subject, and the three sets', () => {
    const names = (group: string) =>
      shippedProfiles.filter((profile) => profile.group === group).map(({ name }) => name);
    expect(names('symptom').sort()).toEqual(symptoms.split(' ').sort());
    expect(names('subject')).toEqual(expect.arrayContaining(subjects.split(' ')));
    expect(names('set').sort()).toEqual(['default', 'full', 'minimal']);
  });

  it('name the file after the profile', () => {
    for (const { name, file } of shippedProfiles)
      expect(file).toMatch(new RegExp(`/${name}\\.yaml$`));
  });

  it('define each item once, in the profile of its subject', () => {
    const ids = shippedItems.map(({ id }) => id);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    for (const { name, items } of shippedProfiles) {
      for (const { id } of items) expect(id.startsWith(`${name}.`)).toBe(true);
    }
  });

  it('say what and why in sentences, and not the same twice in one item', () => {
    for (const { id, what, why } of shippedItems) {
      expect([id, what]).toEqual([id, expect.stringMatching(/^[A-Z].{7,}\.$/)]);
      expect([id, why]).toEqual([id, expect.stringMatching(/^\S.{11,}\.$/)]);
      expect(what).not.toBe(why);
    }
  });

  it('bound every item', () => {
    for (const { id, limits, samples, take } of shippedItems) {
      const ofOneRun = [id, limits.timeMs <= 15 * 60_000, limits.bytes <= 256 * 1024 * 1024];
      expect(ofOneRun).toEqual([id, true, true]);
      if (take.kind === 'read') expect(limits.files).toBeLessThanOrEqual(12_000);
      expect((samples.count - 1) * samples.intervalMs).toBeLessThanOrEqual(10 * 60_000);
    }
  });

  it('cap what the machine has thousands of', () => {
    const many = shippedItems.filter(
      ({ take }) =>
        take.kind === 'read' && take.paths.some((path) => /^\/proc\/\[0-9\]/.test(path)),
    );
    expect(many.length).toBeGreaterThan(2);
    for (const { limits } of many) expect(limits.bytes).toBeLessThanOrEqual(1024 * 1024);
  });

  it('run no command twice in one profile, unless it is sampled', () => {
    for (const { name } of shippedProfiles) {
      const argvs = shipped(name)
        .items.filter(({ samples, take }) => samples.count === 1 && take.kind === 'run')
        .map(({ take, when }) =>
          take.kind === 'run' ? `${take.argv.join(' ')} ${when.exists} ${when.families}` : '',
        );
      expect([name, argvs.filter((argv, index) => argvs.indexOf(argv) !== index)]).toEqual([
        name,
        [],
      ]);
    }
  });

  it('use no built-in collector twice in one profile', () => {
    for (const { name } of shippedProfiles) {
      const names = shipped(name).items.flatMap(({ take }) =>
        take.kind === 'builtin' ? [take.name] : [],
      );
      expect([name, names.toSorted()]).toEqual([name, [...new Set(names)].sort()]);
    }
  });

  it('put no two files of one plan at the same place of sos_commands', () => {
    const places = shipped('full').items.flatMap(({ plugin, name, when }) =>
      name === undefined ? [] : [`${plugin}/${name} ${when.families}`],
    );
    expect(places.filter((place, index) => places.indexOf(place) !== index)).toEqual([]);
  });

  it('make the links that readers of sos reports look for, each once', () => {
    const links = shipped('full').items.flatMap(({ link }) => (link === undefined ? [] : [link]));
    const wanted =
      'date df free hostname installed-debs installed-rpms ip_addr ip_route last lsb-release lsof lspci mount netstat ps ' +
      'pstree root-symlinks uname uptime chkconfig dmidecode installed-snaps lsmod pmstat rpm-Va vgdisplay';
    expect(links.sort()).toEqual([...wanted.split(' '), 'route'].sort());
  });

  it.each(symptoms.split(' '))(
    '%s says its risk and advice, and begins with what goes away first',
    (name) => {
      const { risk, advice, items } = shipped(name);
      expect(risk?.length).toBeGreaterThan(30);
      expect(advice.length).toBeGreaterThan(0);
      for (const family of families) {
        const { steps } = planCollection([shipped(name)], hostWithEverything(items, family), {
          maxImpact: 'medium',
        });
        const volatilities = steps.map(({ item }) => item.volatility);
        expect(volatilities).toEqual(volatilities.toSorted((a, b) => a - b));
        expect(volatilities[0]).toBe(1);
        expect(steps[0]?.item.tier).toBe(0);
        expect(
          steps.some(({ item }) => item.take.kind === 'builtin' && item.take.name === 'kernel-log'),
        ).toBe(true);
      }
    },
  );

  it('sample where a difference says more than a moment', () => {
    const sampled =
      'hang slow high-load oom memory-leak disk-full io-stall network-loss dns time-jump guest-host app-errors';
    for (const name of sampled.split(' ')) {
      expect([name, shipped(name).items.some(({ samples }) => samples.count > 1)]).toEqual([
        name,
        true,
      ]);
    }
  });

  it('keep what hangs or is slow out of minimal, and every item of default in full', () => {
    for (const { id, limits, samples, volatility } of shipped('minimal').items) {
      expect([id, limits.timeMs <= 20_000, samples.count, volatility < 9]).toEqual([
        id,
        true,
        1,
        true,
      ]);
    }
    const full = new Set(shipped('full').items.map(({ id }) => id));
    for (const { name } of shippedProfiles.filter(({ group }) => group !== 'symptom')) {
      expect(shipped(name).items.filter(({ id }) => !full.has(id))).toEqual([]);
    }
  });

  it('need nothing that changes the machine: no tier 3, no high impact', () => {
    expect(shippedItems.filter(({ tier, impact }) => tier === 3 || impact === 'high')).toEqual([]);
  });

  it('ask a daemon only where it runs already', () => {
    const startable =
      /^(?:docker|resolvectl|networkctl|virsh|nmcli|firewall-cmd|busctl|loginctl|hostnamectl|timedatectl|crictl|ctr|snap)$/;
    const ungated = shippedItems.filter(
      ({ take, when }) =>
        take.kind === 'run' && startable.test(take.argv[0] ?? '') && when.exists.length === 0,
    );
    expect(ungated.map(({ id }) => id)).toEqual([]);
  });

  it('load no module: what would is gated by modules that must be there', () => {
    const loading =
      /^(?:ss -[^s]|iptables|ip6tables|nft|conntrack|dmsetup|pvs|vgs|lvs|multipath|iscsiadm|zfs|zpool|cpupower|turbostat|x86info|ip -s macsec|drbdadm)/;
    const ungated = shippedItems.filter(
      ({ take, needs }) =>
        take.kind === 'run' && loading.test(take.argv.join(' ')) && needs.modules.length === 0,
    );
    expect(ungated.map(({ id }) => id)).toEqual([]);
  });

  it('are published with the schema that the decoder has', () => {
    const file = new URL('../../profiles/profile.schema.json', import.meta.url);
    // Stale? node scripts/write-profile-schema.ts
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(renderProfileSchema()));
  });

  it('are described field by field in the specification', () => {
    const text = readFileSync(new URL('../../docs/formats/profile.md', import.meta.url), 'utf8');
    const schema = JSON.parse(renderProfileSchema());
    const fields = [
      ...Object.keys(schema.properties),
      ...Object.keys(schema.properties.items.items.properties),
    ];
    expect(fields.filter((field) => !text.includes(`\`${field}`))).toEqual([]);
  });
});

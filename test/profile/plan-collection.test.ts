import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HostView, PlanOptions } from '../../src/model/plan.ts';
import type { Item, Profile } from '../../src/model/profile.ts';
import { decodeProfile } from '../../src/profile/decode-profile.ts';
import { mergeItems, planCollection } from '../../src/profile/plan-collection.ts';

const host: HostView = {
  isLive: true,
  isRunning: true,
  isRoot: true,
  family: 'debian',
  commands: new Set(['uptime', 'ethtool', 'modinfo']),
  paths: new Map<string, boolean | undefined>([
    ['/there', true],
    ['/missing', false],
    ['/hidden', undefined],
  ]),
  modules: new Set(['tcp_diag']),
  each: new Map([
    ['interface', ['eth0', 'lo']],
    ['module', ['ext4', 'xfs']],
  ]),
};
const options: PlanOptions = { maxImpact: 'medium' };

function profileOf(...fields: string[]): Profile {
  const items = fields.map((field, index) => {
    const id = field.includes('id:') ? '' : `id: app.item-${index}, `;
    return `  - {${id}what: x, why: y, ${field}}`;
  });
  const text = `apiVersion: sonae/v1\nkind: Profile\nname: app\ngroup: subject\ntitle: T\nwhy: W\nitems:\n${items.join('\n')}\n`;
  const { profile, problems } = decodeProfile('app.yaml', text);
  expect(problems).toEqual([]);
  return profile as Profile;
}

const plan = (fields: string, view: Partial<HostView> = {}, more: Partial<PlanOptions> = {}) =>
  planCollection([profileOf(fields)], { ...host, ...view }, { ...options, ...more });

describe('planCollection', () => {
  it.each([
    ['run: [uptime]', 'app.item-0'],
    ['run: [uptime], when: {exists: /there, absent: /missing}', 'app.item-0'],
    ['run: [uptime], when: {exists: /hidden, absent: /hidden}', 'app.item-0'],
    ['run: [uptime], when: {family: [debian, suse]}', 'app.item-0'],
    ['run: [uptime], needs: {root: true, modules: [tcp-diag]}', 'app.item-0'],
    ['read: /etc/x', 'app.item-0'],
  ])('takes %s', (fields, id) => {
    expect(plan(fields).steps.map((step) => step.id)).toEqual([id]);
    expect(plan(fields).skips).toEqual([]);
  });

  it.each([
    ['run: [sar]', {}, 'absent', 'sar is not installed'],
    ['run: [uptime], when: {exists: /missing}', {}, 'not-applicable', 'there is no /missing'],
    ['run: [uptime], when: {absent: /there}', {}, 'not-applicable', 'there is /there'],
    ['run: [uptime], when: {family: redhat}', {}, 'not-applicable', 'only on redhat systems'],
    ['run: [uptime], needs: {root: true}', { isRoot: false }, 'denied', 'only root can take it'],
    [
      'run: [uptime], needs: {modules: [msr]}',
      {},
      'skipped',
      'it would load the kernel module msr',
    ],
    [
      'run: [uptime], impact: high',
      {},
      'skipped',
      'its impact on the machine is high, at most medium was asked for',
    ],
    ["run: [ethtool, '{}'], each: netns", {}, 'not-applicable', 'no network namespace here'],
    [
      'builtin: kernel-log',
      { isLive: false, isRunning: false },
      'not-applicable',
      'only on a running system',
    ],
    [
      'read: [/proc/stat, /sys/x, /run/y]',
      { isLive: false, isRunning: false },
      'not-applicable',
      'only on a running system',
    ],
    [
      'run: [uptime]',
      { isLive: false, isRunning: false },
      'not-applicable',
      'commands are not run on an image',
    ],
    [
      'run: [uptime], offline: [rpm, --root]',
      { isLive: false, isRunning: false },
      'absent',
      'rpm is not installed',
    ],
  ] as const)('leaves out %s', (fields, view, state, reason) => {
    const { steps, skips } = plan(fields, view);
    expect(steps).toEqual([]);
    expect(skips).toMatchObject([{ id: 'app.item-0', state, reason }]);
  });

  it('says what is not installed before it asks for root, and tries stored files without', () => {
    const other = { isRoot: false };
    expect(plan('run: [sar], needs: {root: true}', other).skips[0]?.state).toBe('absent');
    expect(plan('read: /etc/sudoers, needs: {root: true}', other).steps).toHaveLength(1);
    expect(plan('read: /proc/iomem, needs: {root: true}', other).skips[0]?.state).toBe('denied');
  });

  it('takes what an unknown family would exclude, and what needs modules where none can be loaded', () => {
    expect(plan('run: [uptime], when: {family: redhat}', { family: undefined }).steps).toHaveLength(
      1,
    );
    expect(
      plan('run: [uptime], needs: {modules: [msr]}', { modules: undefined }).steps,
    ).toHaveLength(1);
  });

  it.each([
    ['run: [sar], fallback: /proc/stat', {}],
    ['run: [uptime], needs: {root: true}, fallback: /proc/stat', { isRoot: false }],
    ['run: [uptime], needs: {modules: [msr]}, fallback: /proc/stat', {}],
    ["run: [sar, '{}'], each: interface, fallback: /proc/stat", {}],
  ])('reads the fallback of %s once and says for what', (fields, view) => {
    const { steps, skips } = plan(fields, view);
    expect(skips).toEqual([]);
    expect(steps).toMatchObject([
      {
        id: 'app.item-0',
        take: { kind: 'read', paths: ['/proc/stat'], except: [] },
        fallbackFor: steps[0]?.item.take.kind === 'run' ? steps[0].item.take.argv : [],
      },
    ]);
  });

  it('takes of the host of a container what its kernel says, and not what would show the container', () => {
    const host = { isLive: false, isRunning: true };
    expect(plan('read: /proc/', host).steps[0]?.take).toMatchObject({
      paths: ['/proc/'],
      except: expect.arrayContaining(['/proc/sys/net', '/proc/sysvipc']),
    });
    expect(plan('run: [uptime], fallback: /proc/uptime', host).steps).toMatchObject([
      { take: { kind: 'read', paths: ['/proc/uptime'] }, fallbackFor: ['uptime'] },
    ]);
    expect(plan('builtin: processes', host).steps).toHaveLength(1);
    expect(plan('builtin: kernel-log', host).skips[0]?.state).toBe('not-applicable');
  });

  it('keeps of an image what is stored in it, and runs commands made for it', () => {
    const offline = { isLive: false, isRunning: false };
    expect(
      plan('read: [/proc/x, /etc/x, /process], except: /etc/x/y', offline).steps[0]?.take,
    ).toEqual({
      kind: 'read',
      paths: ['/etc/x', '/process'],
      except: ['/etc/x/y'],
    });
    const own = plan("run: [uptime], offline: [modinfo, '--root={root}', x]", offline, {
      root: '/mnt',
    });
    expect(own.steps[0]?.take).toEqual({ kind: 'run', argv: ['modinfo', '--root=/mnt', 'x'] });
    expect(
      plan('run: [uptime], fallback: [/proc/x, /var/x]', offline).steps[0]?.take,
    ).toMatchObject({
      paths: ['/var/x'],
    });
  });

  it('makes a step for each device, or one for all', () => {
    expect(plan("run: [ethtool, -i, '{}'], each: interface").steps).toMatchObject([
      { id: 'app.item-0[eth0]', device: 'eth0', take: { argv: ['ethtool', '-i', 'eth0'] } },
      { id: 'app.item-0[lo]', device: 'lo', take: { argv: ['ethtool', '-i', 'lo'] } },
    ]);
    expect(plan("run: [modinfo, '{}'], all: module").steps).toMatchObject([
      { id: 'app.item-0', take: { argv: ['modinfo', 'ext4', 'xfs'] } },
    ]);
    expect(plan("read: '/sys/class/net/{}/speed', each: interface").steps[0]?.take).toMatchObject({
      paths: ['/sys/class/net/eth0/speed'],
    });
  });

  it.each([
    ["run: [ethtool, '{}'], each: interface", '-e'],
    ["read: '/sys/class/net/{}/speed', each: interface", '*'],
    ["read: '/sys/class/net/{}/speed', each: interface", '..'],
    ["read: '/sys/class/net/{}/speed', each: interface", 'a/../../etc'],
    ["run: [ethtool, '{}'], each: interface", ''],
  ])('does not put a name into %s that would mean something else: %j', (fields, name) => {
    const { steps, skips } = plan(fields, { each: new Map([['interface', ['eth0', name]]]) });
    expect(steps.map(({ device }) => device)).toEqual(['eth0']);
    expect(skips).toMatchObject([{ id: `app.item-0[${name}]`, state: 'skipped' }]);
  });

  it('names the devices beyond the first 128 as left out', () => {
    const names = Array.from({ length: 130 }, (_, index) => `eth${index}`);
    const { steps, skips } = plan("run: [ethtool, '{}'], each: interface", {
      each: new Map([['interface', names]]),
    });
    expect([steps.length, skips.map(({ id }) => id)]).toEqual([
      128,
      ['app.item-0[eth128]', 'app.item-0[eth129]'],
    ]);
  });

  it('puts first samples of a class before later ones, these by when they are due', () => {
    const profile = profileOf(
      'run: [uptime], volatility: 1, samples: {count: 3, interval: 10s}',
      'run: [uptime], volatility: 1, samples: {count: 2, interval: 5s}',
      'read: /proc/stat, volatility: 1, tier: 0',
      'run: [uptime], volatility: 2',
    );
    expect(planCollection([profile], host, options).steps.map(({ id }) => id)).toEqual([
      'app.item-2',
      'app.item-0',
      'app.item-1',
      'app.item-1#2',
      'app.item-0#2',
      'app.item-0#3',
      'app.item-3',
    ]);
  });

  it('takes what the profile named last says of an item, where it stood first', () => {
    const first = profileOf('run: [uptime]', 'read: /etc/x');
    const second = profileOf('run: [uptime, -p]');
    expect(
      mergeItems([first, second]).map(({ id, take }) => [
        id,
        take.kind === 'run' ? take.argv.length : 0,
      ]),
    ).toEqual([
      ['app.item-0', 2],
      ['app.item-1', 0],
    ]);
  });
});

const arbitraryItem = fc.record({
  number: fc.nat({ max: 12 }),
  volatility: fc.integer({ min: 1, max: 9 }),
  tier: fc.integer({ min: 0, max: 3 }),
  impact: fc.constantFrom('none', 'low', 'medium', 'high'),
  count: fc.integer({ min: 1, max: 4 }),
  take: fc.constantFrom(
    'run: [uptime]',
    'run: [sar]',
    'run: [sar], fallback: /proc/stat',
    'read: /etc/x',
    'builtin: clocks',
    "run: [ethtool, '{}'], each: interface",
    "run: [modinfo, '{}'], all: module",
    'run: [uptime], needs: {root: true}',
    'run: [uptime], needs: {modules: [msr]}',
    'run: [uptime], when: {exists: /missing}',
  ),
});

const arbitraryProfiles = fc
  .array(
    fc.uniqueArray(arbitraryItem, {
      minLength: 1,
      maxLength: 10,
      selector: ({ number }) => number,
    }),
    {
      minLength: 1,
      maxLength: 3,
    },
  )
  .map((lists) =>
    lists.map((list) =>
      profileOf(
        ...list.map(
          ({ number, volatility, tier, impact, count, take }) =>
            `id: app.n${number}, ${take}, volatility: ${volatility}, tier: ${tier}, impact: ${impact}, samples: {count: ${count}, interval: 1s}`,
        ),
      ),
    ),
  );

const arbitraryHost = fc.record({
  isLive: fc.boolean(),
  isRunning: fc.boolean(),
  isRoot: fc.boolean(),
});

describe('every plan', () => {
  it('is the same again, has no id twice, and is ordered', () => {
    fc.assert(
      fc.property(arbitraryProfiles, arbitraryHost, (profiles, view) => {
        const here = { ...host, ...view };
        const first = planCollection(profiles, here, options);
        expect(planCollection(profiles, here, options)).toEqual(first);
        const ids = [...first.steps, ...first.skips].map(({ id }) => id);
        expect(new Set(ids).size).toBe(ids.length);
        for (const [index, step] of first.steps.entries()) {
          const next = first.steps[index + 1];
          if (!next) continue;
          expect(step.item.volatility).toBeLessThanOrEqual(next.item.volatility);
          if (
            step.item.volatility === next.item.volatility &&
            step.sample === 1 &&
            next.sample === 1
          ) {
            expect(step.item.tier).toBeLessThanOrEqual(next.item.tier);
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  it('tells of every item, either a step or a reason', () => {
    fc.assert(
      fc.property(arbitraryProfiles, arbitraryHost, (profiles, view) => {
        const { steps, skips } = planCollection(profiles, { ...host, ...view }, options);
        const told = new Set([...steps, ...skips].map(({ item }) => item.id));
        const asked = new Set(profiles.flatMap(({ items }) => items.map(({ id }: Item) => id)));
        expect(told).toEqual(asked);
        for (const { reason } of skips) expect(reason).not.toBe('');
      }),
      { numRuns: 150 },
    );
  });

  it('takes the samples of an item in order, all of them', () => {
    fc.assert(
      fc.property(arbitraryProfiles, (profiles) => {
        const { steps } = planCollection(profiles, host, options);
        const bySeries = Map.groupBy(steps, ({ item, device }) => `${item.id} ${device}`);
        for (const series of bySeries.values()) {
          expect(series.map(({ sample }) => sample)).toEqual(
            Array.from({ length: series[0]?.item.samples.count ?? 0 }, (_, index) => index + 1),
          );
        }
      }),
      { numRuns: 150 },
    );
  });
});

import { describe, expect, it } from 'vitest';
import { decodeProfile } from '../../src/profile/decode-profile.ts';
import { renderProblem } from '../../src/profile/problem.ts';

const head = `apiVersion: sonae/v1
kind: Profile
name: mine
group: subject
title: A title.
why: A reason.
`;

const item = (fields: string) => `${head}items:
  - id: app.one
    what: What it is.
    why: Why it is wanted.
${fields
  .split('\n')
  .map((line) => `    ${line}`)
  .join('\n')}
`;

const problemsOf = (text: string) => decodeProfile('p.yaml', text).problems.map(renderProblem);

describe('decodeProfile', () => {
  it('fills every field that was left out', () => {
    const { profile, problems } = decodeProfile('p.yaml', item('run: [uptime, -p, 1]'));
    expect(problems).toEqual([]);
    expect(profile?.items[0]).toEqual({
      id: 'app.one',
      what: 'What it is.',
      why: 'Why it is wanted.',
      take: { kind: 'run', argv: ['uptime', '-p', '1'] },
      plugin: 'app',
      tags: [],
      needs: { root: false, modules: [] },
      when: { exists: [], absent: [], families: [] },
      samples: { count: 1, intervalMs: 0 },
      limits: { timeMs: 20_000, bytes: 8 * 1024 * 1024, files: 1000 },
      keep: 'head',
      isLog: false,
      impact: 'low',
      tier: 1,
      volatility: 5,
      exclusive: [],
      sensitivity: [],
    });
  });

  it('gives logs more room and keeps their end', () => {
    const { profile } = decodeProfile('p.yaml', item('read: /var/log/x*\nlog: true'));
    expect(profile?.items[0]).toMatchObject({
      keep: 'tail',
      isLog: true,
      limits: { bytes: 25 * 1024 * 1024 },
      take: { kind: 'read', paths: ['/var/log/x*'], except: [] },
    });
  });

  it('understands sizes, durations, devices and short lists', () => {
    const { profile, problems } = decodeProfile(
      'p.yaml',
      item(`run: [ethtool, '{}']
each: interface
samples: {count: 3, interval: 1m30s}
limits: {time: 500ms, idle: 5s, bytes: 1.5M, files: 7}
fallback: /proc/net/dev
exclusive: nic
needs: {root: true, modules: tcp_diag}
when: {exists: /proc/net/dev, family: suse}`),
    );
    expect(problems).toEqual([]);
    expect(profile?.items[0]).toMatchObject({
      each: 'interface',
      samples: { count: 3, intervalMs: 90_000 },
      limits: { timeMs: 500, idleMs: 5000, bytes: 1.5 * 1024 * 1024, files: 7 },
      fallback: { paths: ['/proc/net/dev'] },
      exclusive: ['nic'],
      needs: { root: true, modules: ['tcp_diag'] },
      when: { exists: ['/proc/net/dev'], absent: [], families: ['suse'] },
    });
  });

  it('reports all problems at once, where they are, with the nearest word', () => {
    const text = `apiVersion: sonae/v1
kind: profile
nam: Mine
group: symptoms
title: T
why: W
items:
  - id: one
    what: x
    run: uptime
    volatilty: 3
  - id: app.two
    what: y
    why: z
    run: [uptime]
    limits: {time: soon, size: 5M}
    impact: huge
`;
    expect(problemsOf(text)).toEqual([
      'p.yaml:1:1: "name" is missing',
      'p.yaml:2:7: "profile" is not valid here (did you mean Profile?)',
      'p.yaml:3:1: there is no field "nam" (did you mean name?)',
      'p.yaml:4:8: "symptoms" is not valid here (did you mean symptom?)',
      'p.yaml:8:5: "why" is missing',
      'p.yaml:8:9: expected an id such as network.ss (subject.name), found "one"',
      'p.yaml:10:10: expected a list, found "uptime"',
      'p.yaml:11:5: there is no field "volatilty" (did you mean volatility?)',
      'p.yaml:16:20: expected a duration such as 500ms, 20s or 5m, found "soon"',
      'p.yaml:16:26: there is no field "size" (one of time, idle, bytes, files)',
      'p.yaml:17:13: "huge" is not valid here (one of none, low, medium, high)',
    ]);
  });

  it.each([
    ['run: [uptime]\nread: /etc/x', '"app.one" has run and read: one is allowed'],
    ['sensitivity: ip', '"app.one" takes nothing'],
    ['run: [uptime]\nexcept: /etc/x', '"except" means nothing without read'],
    ['read: /etc/x\nfallback: /etc/y', '"fallback" means nothing without run'],
    ['run: [ethtool, eth0]\neach: interface', '"app.one" has no {} to put the names in'],
    ["run: [ethtool, '{}']", '"app.one" has {} but neither each nor all'],
    ["run: [modinfo, 'x{}']\nall: module", '"all" needs {} as an argument of its own in run'],
    ['read: etc/x', 'expected an absolute path, found "etc/x"'],
    ['read: /etc/../root', '"/etc/../root" holds . or ..'],
    ['read: "/etc/{a,b}"', '"/etc/{a,b}" has {a,b}, which is not part of the format'],
    ['read: /', '"/" would search the whole machine'],
    ['read: /**/x', '"/**/x" would search the whole machine'],
    ['run: [ls, "|", wc]', '"|" does nothing here: there is no shell'],
    ['run: ["ls -l"]', '"ls -l" is not the name or absolute path of a command'],
    ['run: [uptime]\nlimits: {files: 0}', 'expected a whole number from 1 to 50000, found "0"'],
    ['run: [uptime]\nlimits: {bytes: 2G}', '"2G" is out of range'],
    ['run: [a, true]', 'expected an argument, found "true" (write \'true\' in quotes)'],
    ['run: []', 'expected at least 1, found 0'],
  ])('refuses %j', (fields, message) => {
    expect(problemsOf(item(fields)).join('\n')).toContain(message);
  });

  it.each([
    ['anchors', `${head}items: &x []\n`, 'anchors are not part of the format'],
    ['aliases', `${head}advice: *x\n`, 'aliases are not part of the format'],
    ['tags', `${head}advice: !!binary aGk=\n`, 'tag'],
    ['duplicate keys', `${head}name: other\n`, 'unique'],
    [
      'duplicate ids',
      `${item('run: [uptime]')}  - {id: app.one, what: a, why: b, run: [uptime]}\n`,
      'there is another item "app.one"',
    ],
    ['two documents', `${head}include: [x]\n---\n${head}`, 'document'],
    [
      'other versions',
      'apiVersion: sonae/v2\nkind: Other\n',
      'this sonae reads sonae/v1, the file is sonae/v2',
    ],
    ['nothing', '', 'the file is empty'],
    ['something else', '42', 'expected a map'],
    [
      'a symptom without risk',
      `${head.replace('subject', 'symptom')}include: [x]\n`,
      'a symptom profile says its risk',
    ],
    ['neither items nor includes', head, '"mine" takes nothing'],
  ])('refuses %s', (_name, text, message) => {
    const { profile, problems } = decodeProfile('p.yaml', text);
    expect(profile).toBeUndefined();
    expect(problems.map(renderProblem).join('\n')).toContain(message);
  });

  it.each([
    ['flow lists', '['.repeat(200_000)],
    ['flow maps', '{a: '.repeat(100_000)],
    ['compact lists', '- '.repeat(200_000)],
    ['compact keys', '? '.repeat(200_000)],
    [
      'indented maps',
      Array.from({ length: 700 }, (_, depth) => `${' '.repeat(depth)}a:\n`).join(''),
    ],
    ['a huge file', `${head}# ${'x'.repeat(600_000)}`],
  ])('is not brought down by %s', (_name, text) => {
    const { profile, problems } = decodeProfile('p.yaml', text);
    expect(profile).toBeUndefined();
    expect(problems[0]?.message).toMatch(/nested too deeply|no profile/);
  });
});

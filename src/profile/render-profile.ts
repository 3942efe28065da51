import type { Item, Profile, ProfileGroup } from '../model/profile.ts';
import { formatCount, formatDuration } from '../std/units.ts';
import { renderBounds, renderTake } from './render-take.ts';

const groupTitles: readonly (readonly [ProfileGroup, string])[] = [
  ['set', 'Sets'],
  ['symptom', 'By symptom'],
  ['subject', 'By subject'],
];

/** All profiles, grouped, one sentence each. */
export function renderProfileList(profiles: readonly Profile[]): string {
  const width = Math.max(0, ...profiles.map(({ name }) => name.length));
  const blocks = groupTitles.flatMap(([group, heading]) => {
    const lines = profiles
      .filter((profile) => profile.group === group)
      .map(({ name, title }) => `  ${name.padEnd(width)}  ${title}`);
    return lines.length === 0 ? [] : [[heading, ...lines].join('\n')];
  });
  return `${blocks.join('\n\n')}\n`;
}

/** A page that a person can read before trouble: what would be taken, from where, why, for how long at most, how risky. */
export function renderProfile(profile: Profile, lineWidth = 100): string {
  const { name, group, title, why, risk, advice, items, file } = profile;
  const paragraphs = [
    `${name} (${group}): ${title}`,
    wrap(why, lineWidth, ''),
    `${formatCount(items.length, 'item')}. ${samplingText(items)}\nFrom ${file}`,
    ...(risk === undefined ? [] : [`Risk\n${wrap(risk, lineWidth, '  ')}`]),
    ...(advice.length === 0
      ? []
      : [
          `What sonae will not do for you\n${advice.map((text) => bullet(text, lineWidth)).join('\n')}`,
        ]),
    ...volatilityClasses(items).map(([heading, members]) =>
      [heading, ...members.map((item) => renderItem(item, lineWidth))].join('\n'),
    ),
  ];
  return `${paragraphs.join('\n\n')}\n`;
}

function renderItem(item: Item, lineWidth: number): string {
  const { id, what, why, take, impact, tier, needs, when, fallback } = item;
  const remarks = [
    renderBounds(item),
    ...(impact === 'none' || impact === 'low' ? [] : [`impact ${impact}`]),
    ...(tier >= 2 ? ['may hang on the trouble itself, so it comes last of these'] : []),
    ...(needs.root ? ['root only'] : []),
    ...(needs.modules.length > 0 ? [`only with module ${needs.modules.join(', ')}`] : []),
    ...(when.families.length > 0 ? [`only on ${when.families.join(', ')}`] : []),
    ...(when.exists.length > 0 ? [`only where there is ${when.exists.join(', ')}`] : []),
    ...(fallback ? [`else ${fallback.paths.join(', ')}`] : []),
  ];
  return [
    wrap(`${id}: ${what}`, lineWidth, '  ', '      '),
    labelled('from', renderTake(take), lineWidth),
    labelled('why', why, lineWidth),
    labelled('bounds', remarks.join('; '), lineWidth),
  ].join('\n');
}

const classTitles: Readonly<Record<number, string>> = {
  1: 'First: gone within a second',
  2: 'Processes and sockets',
  3: 'State of the kernel',
  4: 'State of services',
  5: 'What the next boot or rotation removes',
  6: 'Configuration',
  7: 'Packages, boot, hardware',
  8: 'Bulk logs',
  9: 'Slow, or needed rarely',
};

function volatilityClasses(items: readonly Item[]): (readonly [string, readonly Item[]])[] {
  const byClass = Map.groupBy(items, ({ volatility }) => volatility);
  return [...byClass]
    .sort(([a], [b]) => a - b)
    .map(([volatility, members]) => [
      classTitles[volatility] ?? `Class ${volatility}`,
      members.toSorted((a, b) => a.tier - b.tier),
    ]);
}

function samplingText(items: readonly Item[]): string {
  const longest = Math.max(
    0,
    ...items.map(({ samples }) => (samples.count - 1) * samples.intervalMs),
  );
  const least = longest === 0 ? '' : `Repeated samples take at least ${formatDuration(longest)}. `;
  return `${least}Ends at --time-limit, 15 min unless told.`;
}

function labelled(label: string, text: string, lineWidth: number): string {
  return wrap(text, lineWidth, `      ${label.padEnd(7)}`, ' '.repeat(13));
}

function bullet(text: string, lineWidth: number): string {
  return wrap(`- ${text}`, lineWidth, '  ', '    ');
}

function wrap(text: string, lineWidth: number, first: string, next = first): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    const indent = lines.length === 0 ? first : next;
    if (line !== '' && indent.length + line.length + 1 + word.length > lineWidth) {
      lines.push(indent + line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, (lines.length === 0 ? first : next) + line].join('\n');
}

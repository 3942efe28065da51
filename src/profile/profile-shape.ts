import { builtinNames, eachKinds, families, impacts, profileGroups } from '../model/profile.ts';
import {
  choice,
  defaulted,
  duration,
  flag,
  integer,
  list,
  optional,
  orShort,
  record,
  required,
  size,
  text,
  type ValueOf,
} from './shape.ts';

const KiB = 1024;
const MiB = 1024 * KiB;
const seconds = 1000;
const hours = 3600 * seconds;

const sentence = text({ most: 600, what: 'a sentence' });
const paragraph = text({ most: 4000, what: 'a text' });
const name = text({
  most: 64,
  pattern: /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/,
  what: 'a name of small letters, digits and hyphens',
});
const itemId = text({
  most: 100,
  pattern: /^[a-z][a-z0-9-]*\.[a-z0-9][a-z0-9-]*$/,
  what: 'an id such as network.ss (subject.name)',
});
const itemPattern = text({
  most: 100,
  pattern: /^[a-z][a-z0-9-]*\.(?:\*|[a-z0-9][a-z0-9-]*)$/,
  what: 'an item id or subject.*',
});
const path = text({ most: 500, pattern: /^\//, what: 'an absolute path' });
const word = text({ most: 64, pattern: /^[A-Za-z0-9_][A-Za-z0-9_.:+-]*$/, what: 'a plain word' });
const fileName = text({
  most: 200,
  pattern: /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/,
  what: 'a file name without slashes',
});
const argument = text({ most: 1000, what: 'an argument' });
const argv = list(argument, { least: 1, most: 60 });
const paths = list(path, { least: 1, most: 200, orOne: true });
const words = list(word, { most: 40, orOne: true });
const oneFamily = choice(families);

/** The table of the fields of an item: decoder, JSON Schema and defaults come from here. */
export const itemShape = record({
  id: required(itemId, 'Stable and unique: subject.name.'),
  what: required(sentence, 'What it is, one sentence.'),
  why: required(sentence, 'Why a support engineer wants it, one sentence.'),
  run: optional(
    argv,
    'Command and arguments. Never a shell string; {} stands for a device (each, all).',
  ),
  offline: optional(argv, 'Arguments to use instead with --root; {root} stands for the image.'),
  read: optional(
    paths,
    'Absolute paths and globs (*, ?, [...], **); a folder means everything below it.',
  ),
  except: defaulted(paths, [], 'Globs that read leaves out.'),
  builtin: optional(choice(builtinNames), 'A collector written in code.'),
  plugin: optional(fileName, 'Folder below sos_commands/; the subject of the id unless given.'),
  name: optional(fileName, 'File name there; the mangled command line unless given.'),
  link: optional(fileName, 'Symbolic link at the top of the bundle.'),
  tags: defaulted(words, [], 'Names under which insights-core finds it.'),
  needs: defaulted(
    record({
      root: defaulted(flag, false, 'Only root can take it.'),
      modules: defaulted(
        words,
        [],
        'Kernel modules that must be there already, so that the command loads none.',
      ),
    }),
    { root: false, modules: [] },
    'What must be so for it to be taken.',
  ),
  when: defaulted(
    record({
      exists: defaulted(paths, [], 'All of these paths must exist.'),
      absent: defaulted(paths, [], 'None of these paths may exist.'),
      family: defaulted(
        list(oneFamily, { most: families.length, orOne: true }),
        [],
        'Only on these families.',
      ),
    }),
    { exists: [], absent: [], family: [] },
    'On which machines it makes sense.',
  ),
  each: optional(choice(eachKinds), 'Take it once for each of these; {} is the name.'),
  all: optional(
    choice(eachKinds),
    'Take it once, with {} as an argument replaced by all the names.',
  ),
  samples: optional(
    record({
      count: required(integer(1, 120), 'How many times.'),
      interval: required(
        duration(100, hours),
        'From the start of one sample to the start of the next.',
      ),
    }),
    'Take it several times; once unless given.',
  ),
  limits: defaulted(
    record({
      time: optional(duration(100, hours), 'Wall time of one sample; 20s unless given.'),
      idle: optional(duration(100, hours), 'Longest silence of a command.'),
      bytes: optional(
        size(KiB, 1024 * MiB),
        'Bytes of one command or one entry of read; 8M, for logs 25M, unless given.',
      ),
      files: defaulted(integer(1, 50_000), 1000, 'Files at most.'),
    }),
    { time: undefined, idle: undefined, bytes: undefined, files: 1000 },
    'Bounds; every item has all of them.',
  ),
  keep: optional(
    choice(['head', 'tail']),
    'Which part to keep beyond limits.bytes; head, for logs tail.',
  ),
  log: defaulted(flag, false, 'A log: newest files first, --since applies.'),
  impact: defaulted(choice(impacts), 'low', 'How much taking it can disturb the machine.'),
  tier: optional(
    integer(0, 3),
    '0 in process and lock-free, 1 a bounded child, 2 may hang on the trouble itself, 3 changes or stops things; builtin 0, else 1.',
  ),
  volatility: defaulted(
    integer(1, 9),
    5,
    '1 is gone within a second, 9 is still there next month.',
  ),
  exclusive: defaulted(words, [], 'Never beside another item with the same token.'),
  fallback: optional(
    paths,
    'What to read when the command is missing, fails, or cannot be started.',
  ),
  sensitivity: defaulted(words, [], 'Kinds of personal or secret data to expect.'),
});

const includeShape = orShort(
  record({
    profile: required(name, 'Name of the profile to include.'),
    only: defaulted(
      list(itemPattern, { most: 200, orOne: true }),
      [],
      'Take only these of its items.',
    ),
    exclude: defaulted(
      list(itemPattern, { most: 200, orOne: true }),
      [],
      'Leave these of its items out.',
    ),
  }),
  name,
  (profile) => ({ profile, only: [], exclude: [] }),
);

/** The version of the format that this code reads. */
export const apiVersion = 'sonae/v1';

/** Items of one profile file at most. */
export const mostItems = 500;

/** The table of the fields of a profile file. */
export const profileShape = record({
  apiVersion: required(choice([apiVersion]), 'Version of the format.'),
  kind: required(choice(['Profile']), 'Kind of document.'),
  name: required(name, 'The name given to --profile.'),
  group: required(
    choice(profileGroups),
    'A subject of the machine, a symptom, or a set of profiles.',
  ),
  title: required(sentence, 'One sentence for `sonae profiles list`.'),
  why: required(paragraph, 'When to use it and what it answers.'),
  risk: optional(paragraph, 'What it can cost or disturb. Symptom profiles must say.'),
  advice: defaulted(
    list(paragraph, { most: 30, orOne: true }),
    [],
    'What a person should do that sonae will not.',
  ),
  include: defaulted(
    list(includeShape, { most: 60, orOne: true }),
    [],
    'Profiles whose items are taken too.',
  ),
  exclude: defaulted(
    list(itemPattern, { most: 200, orOne: true }),
    [],
    'Items to leave out of all that is included.',
  ),
  items: defaulted(list(itemShape, { most: mostItems }), [], 'What this profile itself takes.'),
});

/** An item as decoded, before defaults that depend on other fields. */
export type WrittenItem = ValueOf<typeof itemShape>;
/** A profile as decoded. */
export type WrittenProfile = ValueOf<typeof profileShape>;

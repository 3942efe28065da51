import type { BundleManifest, BundleRecord } from '../model/bundle.ts';
import type { Item } from '../model/profile.ts';

/** The version of sos whose layout this is; hotsos and others look for such a line. */
const sosVersion = '4.10.2';

/** `version.txt`: a line for readers of sos reports, then our own. */
export function renderVersion(version: string): string {
  return `sos report: ${sosVersion}\nsosreport: ${sosVersion}\nsonae: ${version}\n`;
}

/** `sos_reports/manifest.json` in the shape of sos 4: plugins with their commands and files, and paths by tag. */
export function renderSosManifest(
  manifest: BundleManifest,
  items: ReadonlyMap<string, Item>,
): string {
  const plugins: Record<string, SosPlugin> = {};
  const tagSummary: Record<string, string[]> = {};
  for (const record of manifest.records) {
    const item = items.get(itemIdOf(record));
    if (!item) continue;
    plugins[item.plugin] ??= { timeout_hit: false, commands: [], files: [] };
    addToPlugin(plugins[item.plugin] as SosPlugin, record, item);
    if (record.path === undefined) continue;
    for (const tag of item.tags) tagSummary[tag] = [...(tagSummary[tag] ?? []), record.path];
  }
  const report = {
    version: sosVersion,
    cmdline: 'sonae collect',
    start_time: manifest.startedAt,
    end_time: manifest.endedAt,
    run_time: manifest.durationMs / 1000,
    components: {
      report: { sysroot: '/', profiles: manifest.profiles, plugins, tag_summary: tagSummary },
    },
  };
  return `${JSON.stringify(report)}\n`;
}

interface SosPlugin {
  timeout_hit: boolean;
  readonly commands: object[];
  readonly files: object[];
}

function addToPlugin(plugin: SosPlugin, record: BundleRecord, item: Item): void {
  const { source, path } = record;
  if (record.state === 'timed-out' || record.state === 'abandoned') plugin.timeout_hit = true;
  if (source === undefined) return;
  if ('command' in source) {
    const [command, ...parameters] = source.command;
    plugin.commands.push({
      command,
      parameters,
      exec: source.command.join(' '),
      filepath: path ?? null,
      truncated: record.state === 'truncated',
      return_code: record.exitCode ?? (record.state === 'timed-out' ? 124 : 126),
      run_time: record.durationMs / 1000,
      tags: item.tags,
    });
  } else if ('file' in source && path !== undefined) {
    plugin.files.push({ specification: source.file, files_copied: [path], tags: item.tags });
  }
}

/** The id of the item that a record's step was made from. */
export function itemIdOf({ step }: BundleRecord): string {
  return step.replace(/(?:\[[^\]]*\])?(?:#\d+)?$/, '');
}

/** `sos_logs/ui.log`: hotsos greps it for plugins that timed out. */
export function renderUiLog(manifest: BundleManifest, items: ReadonlyMap<string, Item>): string {
  const lines = manifest.records
    .filter(({ state }) => state === 'timed-out' || state === 'abandoned')
    .map((record) => items.get(itemIdOf(record))?.plugin)
    .filter((plugin) => plugin !== undefined);
  return [...new Set(lines)]
    .map((plugin) => `${manifest.endedAt} Plugin ${plugin} timed out\n`)
    .join('');
}

/** `sos_logs/sos.log`: the run in order, one line for each record that is not simply there. */
export function renderSosLog(manifest: BundleManifest): string {
  return manifest.records
    .filter(({ state }) => state !== 'collected')
    .map(({ startedMs, step, state, reason, source }) => {
      const what = source === undefined ? '' : ` ${JSON.stringify(source)}`;
      return `${(startedMs / 1000).toFixed(3)} [${step}] ${state}: ${reason ?? ''}${what}\n`;
    })
    .join('');
}

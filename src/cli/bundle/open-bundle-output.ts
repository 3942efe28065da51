import type { BundleOutput } from '../../collect/bundle-output.ts';
import { fileOutput, streamOutput } from '../../collect/bundle-output.ts';
import { partialName, type Writer, writerOf } from '../../collect/partial-name.ts';
import { processScope, startTicksOf } from '../../host/host-identity.ts';
import { refuseSilentPlace, resolveOutputPlace } from '../../host/output-place.ts';
import { writeStandardOutput } from '../../host/standard-output.ts';
import { openOutputFolder } from '../../host/storage.ts';
import type { Encryption } from '../../model/encryption.ts';
import { SonaeError } from '../../model/error.ts';
import type { Reporter } from '../../model/event.ts';
import type { OutputFolder } from '../../model/storage.ts';
import type { System } from '../../model/system.ts';
import { formatSize } from '../../std/units.ts';

/** Room that must be there for a bundle to make sense at all. */
const leastRoomBytes = 1024 * 1024;

/** Opens where the bundle goes; removes what killed runs left there; refuses (exit 6) when there is no room at all. */
export async function openBundleOutput(
  output: string,
  fileName: string,
  encryption: Encryption | undefined,
  system: System,
  reporter: Reporter,
): Promise<{ output: BundleOutput; folder?: string; name: string }> {
  if (output === '-')
    return { output: streamOutput(writeStandardOutput, encryption), name: fileName };
  await refuseSilentPlace(output);
  const place = resolveOutputPlace(output);
  const folder = await openOutputFolder(place.folder);
  const scope = processScope();
  await removeStale(folder, scope, reporter);
  const keepFreeBytes = await reserveOf(place.folder, system);
  const room = (await folder.freeBytes()) - keepFreeBytes;
  if (room < leastRoomBytes) {
    throw new SonaeError(
      'E_NO_SPACE',
      `only ${formatSize(Math.max(0, room))} can be used in ${place.folder}`,
      {
        hint: 'Use another --output, or send the bundle elsewhere: sonae collect --output - | ssh HOST "cat > bundle.tar.zst"',
      },
    );
  }
  const name = withSuffix(place.name ?? fileName, encryption);
  const names = await folder.list();
  const taken = [name, `${name}.sha256`].find((wanted) => names.includes(wanted));
  if (taken !== undefined) {
    throw new SonaeError('E_EXISTS', `${place.folder}/${taken} exists already`, {
      hint: 'Choose another name; nothing is overwritten.',
    });
  }
  const opened = await fileOutput(folder, {
    name,
    partialName: partialName({ scope, pid: process.pid, startTicks: startTicksOf(process.pid) }),
    keepFreeBytes,
    ...(encryption === undefined ? {} : { encryption }),
  });
  return { output: opened, folder: place.folder, name };
}

/** A run that has written nothing for so long is over, wherever it was. */
const longestSilenceMs = 24 * 60 * 60 * 1000;

// In a folder that all share, such as /var/tmp, what another user left (or made to be in the way) stays. Of runs on
// other machines, in other containers and before a reboot nobody here can see whether they are alive: an export may
// be written to by many at once.
async function removeStale(folder: OutputFolder, scope: string, reporter: Reporter): Promise<void> {
  const isOver = async (name: string, writer: Writer) =>
    writer.scope === scope
      ? startTicksOf(writer.pid) !== writer.startTicks
      : Date.now() - (await lastWritten(folder, name)) > longestSilenceMs;
  for (const name of await folder.list()) {
    const writer = writerOf(name);
    if (writer === undefined || !(await isOver(name, writer))) continue;
    try {
      await folder.remove(name);
      const message = `Removed ${name}, left behind by a run that was killed.`;
      reporter.emit({ type: 'notice', message });
    } catch (error) {
      if (!(error instanceof SonaeError)) throw error;
      reporter.emit({
        type: 'warning',
        message: `${name}, left behind by a run that was killed, stays: ${error.message}`,
      });
    }
  }
}

// Never, as far as is known, where it cannot be looked at.
async function lastWritten(folder: OutputFolder, name: string): Promise<number> {
  try {
    const file = await folder.open(name);
    return (await file.currentIdentity().finally(() => file.close())).mtimeMs;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

// Also behind a name that a person gave: a file that is encrypted must not look like one that is not.
function withSuffix(name: string, encryption: Encryption | undefined): string {
  const suffix = encryption?.suffix ?? '';
  return name.endsWith(suffix) ? name : `${name}${suffix}`;
}

// Five parts of a hundred of the file system are left to the machine, 64 MiB at most.
async function reserveOf(folder: string, system: System): Promise<number> {
  const space = system.isLive ? await system.space(folder) : undefined;
  return space?.state === 'known' ? Math.min(64 * 1024 * 1024, space.totalBytes * 0.05) : 0;
}

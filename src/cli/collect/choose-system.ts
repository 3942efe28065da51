import { readHostIdentity } from '../../host/host-identity.ts';
import { resolveRoot } from '../../host/output-place.ts';
import { type OpenSystem, openSystem } from '../../host/system.ts';
import type { Reporter } from '../../model/event.ts';

/** What will be collected from, and the container that we are in when it is the host of one. */
export interface ChosenSystem {
  readonly system: OpenSystem;
  readonly container?: string;
}

/** Where people mount the root of the host for tools in a container. */
const hostRoot = '/host';

/**
 * Opens the root that was asked for; without one this machine, or, in a container with the host's root mounted, the
 * host: it is what people want to know about.
 */
export async function chooseSystem(
  root: string | undefined,
  reporter: Reporter,
): Promise<ChosenSystem> {
  if (root !== undefined) return { system: openSystem(resolveRoot(root)) };
  const here = openSystem('/');
  const { container } = await readHostIdentity(here);
  if (container === undefined) return { system: here };
  if ((await here.stat(`${hostRoot}/etc/os-release`, { follow: true })).state !== 'known') {
    reporter.emit({
      type: 'warning',
      message: `This runs in a container (${container}): it sees little of the host.`,
      hint: `Mount the root of the host at ${hostRoot} to take it from there.`,
    });
    return { system: here };
  }
  const isRunning = (await here.stat(`${hostRoot}/proc/1/stat`)).state === 'known';
  here.close();
  reporter.emit({
    type: 'notice',
    message: `This runs in a container (${container}): taking files of the host from ${hostRoot}. Commands are not run.`,
    ...(isRunning
      ? {}
      : { hint: `Mount it with what is mounted below it (rbind), to have ${hostRoot}/proc too.` }),
  });
  return { system: openSystem(hostRoot, { isRunning }), container };
}

// The hardware summary in a child of its own: systeminformation starts hundreds of commands, some through a shell
// and some of which take seconds or hang, so it never runs in the main process nor without a deadline.
import * as si from 'systeminformation';

const parts = {
  system: si.system,
  bios: si.bios,
  baseboard: si.baseboard,
  chassis: si.chassis,
  os: si.osInfo,
  cpu: si.cpu,
  memory: si.mem,
  memoryModules: si.memLayout,
  disks: si.diskLayout,
  blockDevices: si.blockDevices,
  graphics: si.graphics,
};

const summary: Record<string, unknown> = {};
for (const [name, read] of Object.entries(parts)) {
  try {
    summary[name] = await read();
  } catch (error) {
    summary[name] = { error: String(error) };
  }
}
process.stdout.write(`${JSON.stringify(summary, null, 2)}\n`);

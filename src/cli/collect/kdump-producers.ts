import type { Producer } from '../../collect/take-producer.ts';
import type { Plan } from '../../model/plan.ts';
import type { System } from '../../model/system.ts';

/** The verdict of `check-kdump` as evidence for a bundle, made through the same System; only where kdump's files are wanted too. */
export function kdumpProducers(plan: Plan, system: System): readonly Producer[] {
  // `minimal` asks for neither.
  if (!plan.steps.some(({ item }) => item.id.startsWith('kdump.'))) return [];
  const report = async (signal: AbortSignal) => {
    const { lookAtMachine } = await import('../kdump/look-at-machine.ts');
    return (await lookAtMachine(system, { isPredicting: false, signal })).report;
  };
  let made: ReturnType<typeof report> | undefined;
  const once = (signal: AbortSignal) => (made ??= report(signal));
  return [
    {
      id: 'kdump.verdict',
      path: 'sonae/check-kdump.txt',
      produce: async (signal) =>
        (await import('../../kdump/report/render-text.ts')).renderText(await once(signal), {
          isColor: false,
          isVerbose: true,
        }),
    },
    {
      id: 'kdump.verdict-json',
      path: 'sonae/check-kdump.json',
      produce: async (signal) =>
        (await import('../../kdump/report/render-formats.ts')).renderJson(await once(signal)),
    },
  ];
}

import type { Chunk } from './chunk-set.ts';
import { type Crew, openCrew } from './crew.ts';

/** A crew for unpacking these chunks: its memory fits their largest frame. */
export function openReadingCrew(chunks: readonly Chunk[], jobs: number): Crew {
  let frameBytes = 1;
  for (const { frames } of chunks) {
    for (const { length } of frames) frameBytes = Math.max(frameBytes, length);
  }
  return openCrew({ jobs, frameBytes }, {});
}

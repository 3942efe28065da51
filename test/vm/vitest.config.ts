import { defineConfig } from 'vitest/config';

// A real machine under software emulation takes minutes to boot, panic and dump, and one at a time is enough work.
export default defineConfig({
  test: {
    include: ['test/vm/**/*.vm.ts'],
    fileParallelism: false,
    sequence: { concurrent: false },
    testTimeout: 60_000,
    hookTimeout: 120 * 60_000,
  },
});

import { defineConfig } from 'vitest/config';

// One pool of processes, as many as the machine has cores; a test that hangs must fail, not wait.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});

import { defineConfig } from 'vitest/config';

// As many processes as the machine has cores, where vitest by itself leaves one idle; a test that hangs must fail, not wait.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/installed-sonae.ts',
    pool: 'forks',
    maxWorkers: '100%',
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});

import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/engine/**/*.test.ts', 'test/app/**/*.test.ts'],
    // libtensorflow keeps its threads for the life of a process: forks, and few of them
    pool: 'forks',
    maxWorkers: 2,
    setupFiles: ['test/setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    env: { TF_CPP_MIN_LOG_LEVEL: '2' },
  },
});

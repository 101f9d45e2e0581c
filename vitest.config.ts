import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/engine/**/*.test.ts', 'test/app/**/*.test.ts'],
    // libtensorflow keeps its threads for the life of a process: forks, and few of them
    pool: 'forks',
    maxWorkers: 2,
    setupFiles: ['test/setup.ts'],
    // against what hangs, not against what is slow: a shared machine may take three times as long
    testTimeout: 240_000,
    hookTimeout: 240_000,
    expect: { poll: { timeout: 30_000 } },
    env: { TF_CPP_MIN_LOG_LEVEL: '2' },
  },
});

/** @file Tests that drive the built window: npm test -- --e2e, which builds it and gives it a screen. */

import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/e2e/**/*.test.ts'],
    // one window at a time: the machine may have two cores
    fileParallelism: false,
    // against what hangs, not against what is slow
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 30_000 } },
  },
});

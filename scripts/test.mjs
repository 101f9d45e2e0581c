/**
 * @file npm test: set-up, then every check, and at the end their sum as `N passed, N failed`.
 *   npm test -- --unit [FILTER]   only the unit and integration tests (whose path contains FILTER)
 *   npm test -- --e2e [FILTER]    only the tests that drive the window
 */

import { existsSync } from 'node:fs';
import { buildWindow, electronEnv } from './lib/electron.mjs';
import { main } from './lib/main.mjs';
import { inProject } from './lib/paths.mjs';
import { Tally, runChecks, runVitest } from './lib/testRuns.mjs';
import { setUp } from './setup.mjs';

const staticChecks = [
  { name: 'lint', script: 'eslint/bin/eslint.js', args: ['--max-warnings', '0', '.'] },
  { name: 'format', script: 'prettier/bin/prettier.cjs', args: ['--check', '--log-level', 'warn', '.'] },
  { name: 'types of the engine', script: 'typescript/bin/tsc', args: ['-p', 'tsconfig.engine.json'] },
  { name: 'types of the window', script: 'typescript/bin/tsc', args: ['-p', 'tsconfig.app.json'] },
];

await main(async (args) => {
  const unit = args.includes('--unit');
  const e2e = args.includes('--e2e');
  const filters = args.filter((arg) => arg !== '--unit' && arg !== '--e2e');
  const all = !unit && !e2e && filters.length === 0;

  await setUp({ window: all || e2e, tests: all || e2e });
  const tally = new Tally();
  if (all) await runChecks(staticChecks, tally);
  if (all || !e2e) await runVitest([...filters], tally);
  if (all || e2e) await driveWindow(filters, tally);
  console.log(`\n${tally.summary()}`);
  return tally.failed === 0 ? 0 : 1;
});

async function driveWindow(filters, tally) {
  const config = 'vitest.e2e.config.ts';
  if (!existsSync(inProject(config))) return;
  const built = (await buildWindow()) === 0;
  tally.count('window builds', built);
  if (built) await runVitest(['--config', config, ...filters], tally, { env: electronEnv(), screen: true });
}

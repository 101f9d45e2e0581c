/** @file Runs checks and tests and counts them. */

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { onVirtualScreen } from './electron.mjs';
import { runTool, withOurBinaries } from './node24.mjs';
import { inProject, nodeBinary } from './paths.mjs';
import { capture } from './process.mjs';

export class Tally {
  passed = 0;
  failed = 0;
  skipped = 0;

  /** Counts one check. */
  count(name, passed) {
    if (passed) this.passed++;
    else this.failed++;
    console.log(`${passed ? 'ok    ' : 'FAILED'} ${name}`);
  }

  /** @param {object} report of vitest's json reporter; a file that broke before its first test counts as one failure */
  addVitest(report) {
    this.passed += report.numPassedTests;
    this.failed += report.numFailedTests;
    this.skipped += report.numPendingTests + report.numTodoTests;
    for (const file of report.testResults) {
      const silent = file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed');
      if (silent) this.count(`${file.name}: ${file.message}`, false);
    }
  }

  line() {
    return `${this.passed} passed, ${this.failed} failed${this.skipped > 0 ? `, ${this.skipped} skipped` : ''}`;
  }
}

/** Runs scripts of packages, two at a time, and shows what those that fail have to say. */
export async function runChecks(checks, tally) {
  const waiting = [...checks];
  const lane = async () => {
    for (let check = waiting.shift(); check; check = waiting.shift()) {
      const args = [inProject('node_modules', check.script), ...check.args];
      const { code, output } = await capture(nodeBinary, args, { env: withOurBinaries() });
      if (code !== 0) console.log(output.trimEnd());
      tally.count(check.name, code === 0);
    }
  };
  await Promise.all([lane(), lane()]);
}

/** @param {{ env?: Record<string, string>, screen?: boolean }} options screen: on a virtual one */
export async function runVitest(args, tally, { env = {}, screen = false } = {}) {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'distillery-tests-'));
  try {
    const file = path.join(dir, 'report.json');
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
    const command = [nodeBinary, inProject('node_modules/vitest/vitest.mjs'), 'run', ...reporters, ...args];
    const full = screen ? onVirtualScreen(command) : command;
    const code = await runTool(full[0], full.slice(1), env);
    const before = tally.failed;
    const report = await readFile(file, 'utf8').then(JSON.parse, () => undefined);
    if (report) tally.addVitest(report);
    // e.g. an error after the last test, or no report at all
    if (code !== 0 && tally.failed === before) tally.count(`vitest ended with ${code}`, false);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

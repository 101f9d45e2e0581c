/** @file Runs checks and tests and counts them. Test files that failed are run a second time, on their own; both runs are told. */

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
  /** What the end of the output repeats: thousands of lines may lie between it and the failure. */
  remarks = [];

  /** Counts one check. */
  count(name, passed) {
    if (passed) this.passed++;
    else this.fail(name);
    console.log(`${passed ? 'ok    ' : 'FAILED'} ${name}`);
  }

  fail(text) {
    this.failed++;
    this.remarks.push(`FAILED ${text}`);
  }

  /**
   * @param {object[]} files of the report by vitest's json reporter; one that broke before its first test is one failure
   * @param {object[]} again of a second run of those that failed: it counts, the first is told
   */
  addFiles(files, again = []) {
    const seconds = new Map(again.map((file) => [file.name, file]));
    for (const file of files) {
      const counts = seconds.get(file.name) ?? file;
      for (const test of counts.assertionResults) {
        if (test.status === 'passed') this.passed++;
        else if (test.status !== 'failed') this.skipped++;
      }
      for (const text of failuresOf(counts)) this.fail(text);
      if (counts.status === 'failed') continue;
      for (const text of failuresOf(file)) this.remarks.push(`UNSTEADY, passed the second time: ${text}`);
    }
  }

  /** @returns {string} the remarks, and the sum on a line of its own */
  summary() {
    return [...this.remarks, ...(this.remarks.length > 0 ? [''] : []), this.line()].join('\n');
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

/**
 * Runs tests, and those files again in which one failed: a machine that is busy for a moment is no defect, but is told.
 * @param {{ env?: Record<string, string>, screen?: boolean }} options screen: on a virtual one
 */
export async function runVitest(args, tally, options = {}) {
  const first = await vitest(args, options);
  const failed = first.files.filter(isFailed);
  let again = { code: 0, files: [], unhandled: 0 };
  if (failed.length > 0) {
    console.log(`\n${failed.length} test file(s) with failures, a second time:`);
    const config = args[0] === '--config' ? args.slice(0, 2) : [];
    again = await vitest([...config, ...failed.map((file) => file.name)], options);
  }
  tally.addFiles(first.files, again.files);
  for (const { code, files, unhandled } of [first, again]) {
    if (unhandled > 0) tally.count(`${unhandled} error(s) outside of tests`, false);
    // e.g. no report at all
    else if (code !== 0 && !files.some(isFailed)) tally.count(`vitest ended with ${code}`, false);
  }
}

const isFailed = (file) => file.status === 'failed';

/** @returns {Promise<{ code: number, files: object[], unhandled: number }>} files: as vitest's json reporter has them */
async function vitest(args, { env = {}, screen = false }) {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'distillery-tests-'));
  try {
    const [file, errors] = [path.join(dir, 'report.json'), path.join(dir, 'unhandled.json')];
    const unhandledErrors = inProject('scripts/lib/unhandledErrors.mjs');
    const reporters = ['default', 'json', unhandledErrors].map((reporter) => `--reporter=${reporter}`);
    reporters.push(`--outputFile.json=${file}`);
    const command = [nodeBinary, inProject('node_modules/vitest/vitest.mjs'), 'run', ...reporters, ...args];
    const full = screen ? onVirtualScreen(command) : command;
    const code = await runTool(full[0], full.slice(1), { ...env, DISTILLERY_UNHANDLED_ERRORS: errors });
    const [report, unhandled] = await Promise.all(
      [file, errors].map((name) => readFile(name, 'utf8').then(JSON.parse, () => undefined)),
    );
    return { code, files: report?.testResults ?? [], unhandled: unhandled ?? 0 };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** @returns {string[]} one text a failure: where, and the first line of what was said */
function failuresOf(file) {
  if (file.status !== 'failed') return [];
  const name = path.relative(inProject(), file.name);
  const firstLine = (text) => (text ?? '').trim().split('\n', 1)[0];
  const failed = file.assertionResults.filter((test) => test.status === 'failed');
  if (failed.length === 0) return [`${name}: ${firstLine(file.message)}`];
  return failed.map((test) => `${name} > ${test.fullName}: ${firstLine(test.failureMessages[0])}`);
}

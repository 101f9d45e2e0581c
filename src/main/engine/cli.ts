#!/usr/bin/env node
/** @file The command line: options in, one pipeline call, a summary or JSON out. DESIGN of the commands: docs/commandLine.md. */

import './nativeSettings.ts';
import { readFileSync } from 'node:fs';
import { CommanderError } from 'commander';
import { makeProgram } from './cli/program.ts';

const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

try {
  await makeProgram(version, process.argv.includes('--json')).parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  // commander has printed help, version or what was wrong
  process.exitCode = error.exitCode === 0 ? 0 : 2;
}

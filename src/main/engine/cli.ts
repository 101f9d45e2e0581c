#!/usr/bin/env node
/** @file The command line: options in, one pipeline call, a summary or JSON out. DESIGN of the commands: docs/commandLine.md. */

import './nativeSettings.ts';
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { addDataCommands } from './cli/dataCommands.ts';
import { addDecideCommands } from './cli/decideCommands.ts';
import { addDistillCommand } from './cli/distillCommand.ts';
import { addQualityCommand } from './cli/qualityCommand.ts';
import { addProgramCommands } from './cli/programCommands.ts';
import { addResultCommands } from './cli/resultCommands.ts';
import { addTeacherCommands } from './cli/teacherCommands.ts';
import { addSearchCommands } from './cli/searchCommands.ts';

const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const program = new Command('distillery')
  .description('Balance image-text data, cluster it and distil a small CLIP, on one workstation.')
  .version(version)
  .option('--workspace <dir>', 'folder of datasets, embeddings and runs', 'workspace')
  .option('--json', 'progress as NDJSON on stderr, the result as JSON on stdout')
  .showHelpAfterError('(distillery --help shows the commands and options)')
  .exitOverride();

addDataCommands(program);
addQualityCommand(program);
addDecideCommands(program);
addDistillCommand(program);
addResultCommands(program);
addTeacherCommands(program);
addSearchCommands(program);
addProgramCommands(program);
inheritExit(program);

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  // commander has printed help, version or what was wrong
  process.exitCode = error.exitCode === 0 ? 0 : 2;
}

/** Subcommands take the setting at their making; this reaches those that were added since. */
function inheritExit(command: Command): void {
  for (const child of command.commands) {
    child.exitOverride();
    inheritExit(child);
  }
}

/** @file Every command of the command line, put together. */

import { Command } from 'commander';
import { addDataCommands } from './dataCommands.ts';
import { addDecideCommands } from './decideCommands.ts';
import { addDistillCommand } from './distillCommand.ts';
import { addProgramCommands } from './programCommands.ts';
import { addQualityCommand } from './qualityCommand.ts';
import { addResultCommands } from './resultCommands.ts';
import { addSearchCommands } from './searchCommands.ts';
import { addTeacherCommands } from './teacherCommands.ts';

/** @param json what is wrong with the arguments is told as `{"error"}`, as all else that fails */
export function makeProgram(version: string, json: boolean): Command {
  const program = new Command('distillery')
    .description('Balance image-text data, cluster it and distil a small CLIP, on one workstation.')
    .version(version)
    .option('--workspace <dir>', 'folder of datasets, embeddings and runs', 'workspace')
    .option('--json', 'progress as NDJSON on stderr, the result as JSON on stdout')
    .exitOverride();
  if (json) {
    program.configureOutput({
      outputError: (text, write) => {
        write(errorLine(text));
      },
    });
  } else {
    program.showHelpAfterError('(distillery --help shows the commands and options)');
  }

  addDataCommands(program);
  addQualityCommand(program);
  addDecideCommands(program);
  addDistillCommand(program);
  addResultCommands(program);
  addTeacherCommands(program);
  addSearchCommands(program);
  addProgramCommands(program);
  inheritExit(program);
  return program;
}

/** commander's `error: ...`, perhaps with a suggestion on a second line, as one line of NDJSON. */
const errorLine = (text: string): string =>
  JSON.stringify({
    error: text
      .replace(/^error: /, '')
      .trim()
      .replaceAll('\n', ' '),
  }) + '\n';

/** Subcommands take the setting at their making; this reaches those that were added since. */
function inheritExit(command: Command): void {
  for (const child of command.commands) {
    child.exitOverride();
    inheritExit(child);
  }
}

/** @file Commands on the whole: run, demo, doctor. */

import type { Command } from 'commander';
import type { PipelineConfig } from '../pipelineConfig.ts';
import { execute } from './execute.ts';
import { globals } from './dataCommands.ts';
import { jsonOutput, humanOutput } from './output.ts';

export function addProgramCommands(program: Command): void {
  program
    .command('run <config>')
    .description('the whole pipeline from a YAML file; stages whose inputs have not changed are skipped')
    .action(async (file: string, _: object, command: Command) => {
      const { readPipelineConfig } = await import('../pipelineConfig.ts');
      const { runPipeline } = await import('../pipelineRun.ts');
      const given = globals(command);
      const typed = command.getOptionValueSourceWithGlobals('workspace') === 'cli';
      let config: PipelineConfig;
      const workspaceOf = async (): Promise<string> => {
        config = await readPipelineConfig(file);
        return typed ? given.workspace : (config.workspace ?? given.workspace);
      };
      await execute(given, { job: true, creates: true, workspaceOf }, async (workspace, context) => {
        const value = await runPipeline(workspace, config, context);
        return { value, lines: sectionLines(value) };
      });
    });

  program
    .command('demo')
    .description('the whole pipeline on real photographs of foods; ends with a summary and report.html')
    .option('--source <dir>', 'folder of the pictures; npm run demo fetches it')
    .option('--quick', 'fewer training steps: under 2 minutes')
    .action(async ({ source, quick }: { source?: string; quick?: true }, command: Command) => {
      const { demoPictures, runDemo } = await import('../demo.ts');
      await execute(globals(command), { job: true, creates: true }, async (workspace, context) => {
        const pictures = source ?? (await demoPictures(context));
        return runDemo(workspace, { source: pictures, quick: quick ?? false }, context);
      });
    });

  program
    .command('doctor')
    .description('what this machine has, and what is missing')
    .action(async (_: object, command: Command) => {
      const { doctor, renderDoctor } = await import('../doctor.ts');
      const { workspace, json } = globals(command);
      const output = json ? jsonOutput() : humanOutput();
      const report = await doctor(workspace);
      output.result(report, [renderDoctor(report)]);
      if (report.missing.length > 0) process.exitCode = 1;
    });
}

/** A stage a line: what it did, in the names of `--json`. */
function sectionLines(sections: Record<string, object | object[]>): string[] {
  return Object.entries(sections).flatMap(([stage, section]) =>
    [section].flat().map((part) => `${stage.padEnd(9)} ${describe(part as Record<string, unknown>)}`),
  );
}

function describe(part: Record<string, unknown>): string {
  const plain = Object.entries(part).filter(([, value]) => ['number', 'string'].includes(typeof value));
  const text = plain.map(
    ([name, value]) => `${name} ${typeof value === 'number' ? Number(value.toPrecision(5)) : String(value)}`,
  );
  return (part['unchanged'] === true ? 'unchanged: ' : '') + text.join(', ');
}

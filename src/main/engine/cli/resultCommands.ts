/** @file Commands on results: evaluate, export. */

import type { Command } from 'commander';
import type { EvaluateOptions } from '../evaluate/options.ts';
import type { Task } from '../evaluate/results.ts';
import { defined } from '../defined.ts';
import * as pipeline from '../pipeline.ts';
import { globals } from './dataCommands.ts';
import { execute } from './execute.ts';
import { addExportOptions, exportSummary } from './exportOptions.ts';
import { splitExclusion, type ExclusionOptions } from './qualityOptions.ts';
import { evaluateSummary } from './summaries.ts';
import { device, integer, number } from './values.ts';

type Request = Omit<pipeline.EvaluateRequest, 'task'>;

const tasks: Record<Task, string> = {
  'zero-shot': 'classify with prompts: top1, top5',
  'linear-probe': 'logistic regression on the features',
  retrieval: 'recall at 1, 5 and 10, both ways',
};

export function addResultCommands(program: Command): void {
  const evaluate = program.command('evaluate').description('measure a model on images with labels or captions');
  for (const [task, description] of Object.entries(tasks)) {
    evaluate
      .command(task)
      .description(description)
      .option('--run <run>', 'the student of a run')
      .option('--model <model>', 'open_clip folder or file of weights')
      .option('--data <source>', 'folder of class folders, or table')
      .option('--dataset <name>', 'or a dataset of the workspace')
      .option('--classnames <file>', '.txt or .json, or imagenet')
      .option('--templates <file>', '.txt or .json, or imagenet')
      .option('--image-column <name>')
      .option('--label-column <name>')
      .option('--caption-column <name>')
      .option('--precision <precision>', 'fp32 or bf16', 'fp32')
      .option('--batch <n>', 'images at once', integer)
      .option('--seed <n>', "of the probe's split", integer)
      .option('--test-fraction <share>', "of the probe's split", number)
      .option('--regularisation <c>', 'C of the probe instead of a search', number)
      .option('--device <device>', 'auto, cpu or gpu:N', device, 'auto')
      .action(async (all: Request & EvaluateOptions & { device: string }, command: Command) => {
        const { run, model, data, dataset, device: _, ...options } = all;
        const request = { task: task as Task, ...defined({ run, model, data, dataset }) };
        const creates = run === undefined && dataset === undefined;
        await execute(globals(command), { job: true, creates }, async (workspace, context) => {
          const value = await pipeline.evaluate(workspace, request, options, context);
          return { value, lines: evaluateSummary(value) };
        });
      });
  }

  const exporting = program.command('export').description('write results for other tools');
  for (const [what, description] of Object.entries(exports)) {
    addExportOptions(exporting.command(what).description(description), what as pipeline.ExportKind).action(
      async (all: Omit<pipeline.ExportRequest, 'what' | 'without'> & ExclusionOptions, command: Command) => {
        const [exclusion, options] = splitExclusion(all);
        // these can take hours: a window should see them
        const job = what === 'webdataset' || what === 'folder';
        await execute(globals(command), { job, creates: false }, async (workspace, context) => {
          const value = await pipeline.exportResult(
            workspace,
            { what: what as pipeline.ExportKind, ...options, ...exclusion },
            context,
          );
          return { value, lines: exportSummary(value) };
        });
      },
    );
  }
}

const exports: Record<pipeline.ExportKind, string> = {
  groups: 'one row a sample: its group, distance and whether it is kept',
  quality: 'measures and quality flags, one row a sample',
  manifest: 'the kept pairs, for the csv loader of open_clip',
  files: 'paths of the kept pictures, for rsync and xargs',
  folder: 'hard links of the kept pictures, with captions',
  webdataset: 'the kept samples as tar shards',
  uids: 'uids of the kept samples, for the resharder of DataComp',
  leaks: 'images near those of another dataset, from balance --against',
  curve: 'images removed at each beta, up to that of the latest balance',
  clusters: 'one row a clustered sample: its cluster and similarity to the centre',
  'cluster-sizes': 'one row a cluster: size, size before balance, mean similarity',
  student: 'the student as a folder for open_clip or transformers',
  metrics: 'all metrics of a run: step, name, value',
};

/** @file distillery evaluate: tasks, suites of the paper, and what sets there are. */

import type { Command } from 'commander';
import type { EvaluateOptions } from '../evaluate/options.ts';
import { layoutOf, locate, registeredSets, suites, type SuiteName } from '../evaluate/registry.ts';
import type { Task } from '../evaluate/results.ts';
import { defined } from '../defined.ts';
import { UsageError } from '../errors.ts';
import * as pipeline from '../pipeline.ts';
import { globals } from './dataCommands.ts';
import { evaluationLines, suiteLines } from './evaluateSummary.ts';
import { execute } from './execute.ts';
import { device, integer, number } from './values.ts';

const tasks: Record<Task, string> = {
  'zero-shot': 'classify with prompts: top1, top5',
  'linear-probe': 'logistic regression on the features',
  'k-nn': 'votes of the nearest training images',
  retrieval: 'recall at 1, 5 and 10, both ways',
};

type Options = pipeline.Models & EvaluateOptions & { data?: string; dataset?: string; root?: string; device: string };

export function addEvaluateCommands(program: Command): void {
  const evaluate = program.command('evaluate').description('measure models on images with labels or captions');
  for (const [task, description] of Object.entries(tasks)) {
    addOptions(evaluate.command(task).description(description))
      .option('--data <source>', 'folder, WebDataset, CIFAR or IDX files, table, or name of a known set')
      .option('--dataset <name>', 'or a dataset of the workspace')
      .action(async (all: Options, command: Command) => {
        const { run, model, data, dataset, root, device: _, ...options } = all;
        const request = { task: task as Task, ...defined({ data, dataset, root }), run, model };
        const creates = run === undefined && dataset === undefined;
        await execute(globals(command), { job: true, creates }, async (workspace, context) => {
          const found = await pipeline.evaluateModels(workspace, request, options, context);
          // one model: its result itself
          const value = found.length === 1 ? found[0]! : { evaluations: found };
          return { value, lines: evaluationLines(found) };
        });
      });
  }
  addOptions(
    evaluate.command('suite <name>').description(`all sets of ${Object.keys(suites).join(' or ')}, and their average`),
  ).action(async (name: string, all: Options, command: Command) => {
    const { run, model, root, device: _, ...options } = all;
    await execute(globals(command), { job: true, creates: run === undefined }, async (workspace, context) => {
      const request = { suite: suiteOf(name), ...defined({ root }), run, model };
      const value = await pipeline.evaluateSuite(workspace, request, options, context);
      return { value, lines: suiteLines(value) };
    });
  });
  evaluate
    .command('list')
    .description('the sets that are known by name, and which of them are here')
    .option('--root <folder>', 'where the sets lie', 'data')
    .action(async ({ root }: { root: string }, command: Command) => {
      const sets = await Promise.all(
        registeredSets.map(async (set) => ({ ...set, layout: layoutOf(set), path: (await locate(set, root)) ?? null })),
      );
      if (globals(command).json) console.log(JSON.stringify({ sets }));
      else console.log(listLines(sets).join('\n'));
    });
}

function addOptions(command: Command): Command {
  const collect = (value: string, before: string[] = []): string[] => [...before, value];
  return command
    .option('--run <run>', 'the student of a run; again for more', collect)
    .option('--model <model>', 'open_clip folder, .safetensors file or bundled; again for more', collect)
    .option('--root <folder>', 'where sets known by name lie, ./data otherwise')
    .option('--classnames <file>', '.txt or .json, imagenet or imagenet-subset')
    .option('--templates <file>', '.txt or .json, or imagenet')
    .option('--image-column <name>')
    .option('--label-column <name>')
    .option('--caption-column <name>')
    .option('--precision <precision>', 'fp32 or bf16', 'fp32')
    .option('--batch <n>', 'images at once', integer)
    .option('--seed <n>', 'of splits and confidence intervals', integer)
    .option('--test-fraction <share>', 'tested where the data has no test split', number)
    .option('--regularisation <c>', 'C of the linear probe instead of a search', number)
    .option('--neighbours <k>', 'of k-NN, 20 otherwise', integer)
    .option('--temperature <t>', 'of the votes of k-NN, 0.07 otherwise', number)
    .option('--device <device>', 'auto, cpu or gpu:N', device, 'auto');
}

function suiteOf(name: string): SuiteName {
  if (name in suites) return name as SuiteName;
  throw new UsageError(`There is no suite "${name}"; there are ${Object.keys(suites).join(' and ')}.`);
}

type Listed = (typeof registeredSets)[number] & { path: string | null };

function listLines(sets: readonly Listed[]): string[] {
  const width = Math.max(...sets.map(({ name }) => name.length));
  return sets.flatMap(({ name, title, suite, metric, classes, test, source, layout, path }) => [
    `${path === null ? '-' : '+'} ${name.padEnd(width)}  ${title}: ${classes} classes, ${test} test images, ${metric === 'top1' ? 'top-1' : 'mean per class'}${suite ? `, suite ${suite}` : ''}`,
    ...(path === null
      ? [`  ${' '.repeat(width)}  ${source}`, `  ${' '.repeat(width)}  ${layout}`]
      : [`  ${' '.repeat(width)}  ${path}`]),
  ]);
}

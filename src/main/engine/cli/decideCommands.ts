/** @file What people decide about images: decide keep, remove, not-duplicates, undo, list, export, import. */

import { InvalidArgumentError, type Command } from 'commander';
import {
  decide,
  decisionKinds,
  listDecisions,
  undo,
  type DecisionKind,
  type DecisionRequest,
  type DecisionResult,
} from '../decisions/decide.ts';
import { importDecisions } from '../decisions/importDecisions.ts';
import { exportDecisions } from '../export/decisions.ts';
import type { StageContext } from '../progress.ts';
import type { Workspace } from '../store/workspace.ts';
import { globals } from './dataCommands.ts';
import { execute, type CommandResult } from './execute.ts';
import { integer } from './values.ts';

const descriptions: Record<DecisionKind, string> = {
  keep: 'these images are never removed',
  remove: 'these images are removed',
  'not-duplicates': 'no two of these images may share a group',
};

export function addDecideCommands(program: Command): void {
  const deciding = program
    .command('decide')
    .description('say what becomes of images; it stands in every later balance');
  for (const kind of decisionKinds) {
    deciding
      .command(kind)
      .description(descriptions[kind])
      .requiredOption('--dataset <name>')
      .option('--samples <ids>', 'sample ids with commas between them', sampleIds)
      .option('--group <id>', 'a group: all of its images, or the one that holds the samples', integer)
      .option('--annotator <name>', 'who decides; the user of this system otherwise')
      .action(async (options: Omit<DecisionRequest, 'kind'>, command: Command) => {
        await runDecision(command, (workspace) => decide(workspace, { kind, ...options }), 'Decision');
      });
  }
  deciding
    .command('undo')
    .description('take a decision back')
    .requiredOption('--dataset <name>')
    .option('--decision <id>', 'the last one otherwise', integer)
    .action(async (options: Parameters<typeof undo>[1], command: Command) => {
      await runDecision(command, (workspace) => undo(workspace, options), 'Undone: decision');
    });
  addTables(deciding);
}

function addTables(deciding: Command): void {
  deciding
    .command('list')
    .description('all decisions on a dataset')
    .requiredOption('--dataset <name>')
    .action(async ({ dataset }: { dataset: string }, command: Command) => {
      await run(command, async (workspace) => {
        const decisions = await listDecisions(workspace, dataset);
        const lines = decisions.map(({ decision, kind, samples, annotator, decidedAt, undoneAt }) => {
          const undone = undoneAt === null ? '' : `, undone ${undoneAt}`;
          return `${decision} ${kind} ${shortList(samples)} by ${annotator}, ${decidedAt}${undone}`;
        });
        return { value: { decisions }, lines: lines.length > 0 ? lines : ['No decisions.'] };
      });
    });
  deciding
    .command('export')
    .description('write all decisions, one row a sample')
    .requiredOption('--dataset <name>')
    .requiredOption('--out <path>', '.csv or .jsonl')
    .action(async ({ dataset, out }: { dataset: string; out: string }, command: Command) => {
      await run(command, async (workspace, context) => {
        const value = await exportDecisions({ workspace, dataset }, { out }, context);
        return { value, lines: [`${value.path} (${value.rows} rows)`] };
      });
    });
  deciding
    .command('import <file>')
    .description('add the decisions of a .csv or .jsonl that decide export wrote')
    .requiredOption('--dataset <name>')
    .action(async (file: string, { dataset }: { dataset: string }, command: Command) => {
      await run(command, async (workspace, context) => {
        const value = await importDecisions(workspace, { dataset, file }, context);
        const { imported, skipped, unknownSamples } = value;
        return {
          value,
          lines: [
            `${imported} decisions imported, ${skipped} skipped; ${unknownSamples} samples are not in the dataset.`,
          ],
        };
      });
    });
}

const run = (
  command: Command,
  work: (workspace: Workspace, context: StageContext) => Promise<CommandResult>,
): Promise<void> => execute(globals(command), { job: false, creates: false }, work);

const runDecision = (
  command: Command,
  work: (workspace: Workspace) => Promise<DecisionResult>,
  what: string,
): Promise<void> =>
  run(command, async (workspace) => {
    const value = await work(workspace);
    return {
      value,
      lines: [`${what} ${value.decision}: ${value.kind} ${shortList(value.samples)}.`, ...effect(value)],
    };
  });

function effect({ effect }: DecisionResult): string[] {
  if (!effect) return ['It counts when balance runs again.'];
  const { kept, removed, emptied } = effect;
  return [
    `The latest balance now keeps ${kept} images and removes ${removed}.`,
    ...emptied.map((group) => `Group ${group} keeps no image.`),
  ];
}

const shortList = (samples: readonly number[]): string =>
  `${samples.slice(0, 10).join(', ')}${samples.length > 10 ? ` and ${samples.length - 10} more` : ''}`;

function sampleIds(text: string): number[] {
  return text.split(',').map((part) => {
    const id = integer(part);
    if (id < 1) throw new InvalidArgumentError('Sample ids count from 1.');
    return id;
  });
}

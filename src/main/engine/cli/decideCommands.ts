/** @file What people decide about images: decide keep, remove, not-duplicates, undo, list, export, import. */

import { InvalidArgumentError, Option, type Command } from 'commander';
import { agreement, type Agreement } from '../review/agreement.ts';
import { cut, previewCut, type Cut, type CutRequest } from '../review/cut.ts';
import {
  accept,
  decide,
  decisionKinds,
  type DecisionKind,
  type DecisionRequest,
  type DecisionResult,
} from '../decisions/decide.ts';
import { listDecisions, redo, undo } from '../decisions/history.ts';
import { applyRule, ruleNames, type Rule } from '../review/rule.ts';
import { importDecisions } from '../decisions/importDecisions.ts';
import { exportDecisions } from '../export/decisions.ts';
import type { StageContext } from '../progress.ts';
import type { Workspace } from '../store/workspace.ts';
import { globals } from './dataCommands.ts';
import { execute, type CommandResult } from './execute.ts';
import { integer, number } from './values.ts';

const descriptions: Record<DecisionKind, string> = {
  keep: 'these images are never removed',
  remove: 'these images are removed',
  'not-duplicates': 'no two of these images may share a group',
  'keep-only': 'of a group only these stay, whatever was said of the others',
  split: 'these share no group with the rest of theirs',
  defer: 'decide on these later: the review shows them last',
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
    .command('accept')
    .description('confirm the images of a group that stay now')
    .requiredOption('--dataset <name>')
    .requiredOption('--group <id>', 'the group', integer)
    .option('--annotator <name>', 'who decides; the user of this system otherwise')
    .action(async (options: Parameters<typeof accept>[1], command: Command) => {
      await runDecision(command, (workspace) => accept(workspace, options), 'Decision');
    });
  deciding
    .command('undo')
    .description('take a decision back')
    .requiredOption('--dataset <name>')
    .option('--decision <id>', 'the last one otherwise', integer)
    .option('--annotator <name>', 'who takes it back; the user of this system otherwise')
    .action(async (options: Parameters<typeof undo>[1], command: Command) => {
      await runDecision(command, (workspace) => undo(workspace, options), 'Undone: decision');
    });
  deciding
    .command('redo')
    .description('restore the decision that was taken back last, unless a new one was made since')
    .requiredOption('--dataset <name>')
    .option('--annotator <name>', 'who restores it; the user of this system otherwise')
    .action(async (options: Parameters<typeof redo>[1], command: Command) => {
      await runDecision(command, (workspace) => redo(workspace, options), 'Restored: decision');
    });
  addCut(deciding);
  addRule(deciding);
  addAgreement(deciding);
  addTables(deciding);
}

function addCut(deciding: Command): void {
  deciding
    .command('cut')
    .description('part a group where it hangs together least')
    .requiredOption('--dataset <name>')
    .requiredOption('--group <id>', 'the group', integer)
    .option('--distance <d>', 'cut every link longer than this; the longest one otherwise', number)
    .option('--annotator <name>', 'who decides; the user of this system otherwise')
    .option('--dry-run', 'only show what falls apart')
    .action(async ({ dryRun = false, ...options }: CutRequest & { dryRun?: boolean }, command: Command) => {
      await run(command, async (workspace) => {
        if (dryRun) {
          const found = previewCut(workspace, options);
          return { value: found, lines: cutLines(found) };
        }
        const { decided, cut: found } = await cut(workspace, options);
        return { value: { ...decided, ...found }, lines: [...cutLines(found), ...effect(decided)] };
      });
    });
}

function cutLines({ links, sides }: Cut): string[] {
  const [weakest] = links;
  return [
    `${links.length} ${links.length === 1 ? 'link' : 'links'}, the longest ${weakest!.distance.toFixed(4)} between ${weakest!.first} and ${weakest!.second}.`,
    ...sides.slice(0, 10).map((side) => `${side.length} images: ${shortList(side)}`),
    ...(sides.length > 10 ? [`and ${sides.length - 10} more parts`] : []),
  ];
}

function addRule(deciding: Command): void {
  deciding
    .command('rule')
    .description('decide all groups that nobody reviewed by a keep rule, within limits; undone as one decision')
    .requiredOption('--dataset <name>')
    .addOption(new Option('--keep <rule>', 'which image stays').choices(ruleNames).makeOptionMandatory())
    .option('--max-diameter <d>', 'only groups whose images lie at most so far apart', number)
    .option('--max-size <n>', 'only groups of at most so many images', integer)
    .option('--max-weakest <d>', 'only groups whose weakest link is at most so long', number)
    .option('--annotator <name>', 'who decides; the user of this system otherwise')
    .option('--dry-run', 'only count')
    .action(async (options: Rule & { dataset: string; dryRun?: boolean }, command: Command) => {
      await run(command, async (workspace) => {
        const value = await applyRule(workspace, options);
        const { decision, groups, images, changed } = value;
        const what = decision === null ? 'Would decide' : `Decision ${decision}:`;
        return { value, lines: [`${what} ${groups} groups with ${images} images; ${changed} other images stay.`] };
      });
    });
}

function addAgreement(deciding: Command): void {
  deciding
    .command('agreement')
    .description("Cohen's kappa of two annotators on the groups that both decided on, and where they disagree")
    .requiredOption('--dataset <name>')
    .requiredOption('--annotators <a,b>', 'two names', twoNames)
    .action(async (options: { dataset: string; annotators: [string, string] }, command: Command) => {
      await run(command, async (workspace, context) => {
        const value = await agreement(workspace, options, context);
        return { value, lines: agreementLines(value) };
      });
    });
}

function agreementLines({ annotators, groups, images, observed, kappa, disagreements }: Agreement): string[] {
  if (observed === null) return [`${annotators.join(' and ')} decided on no group in common.`];
  const share = (100 * observed).toFixed(1);
  return [
    `${annotators.join(' and ')}: ${groups} ${groups === 1 ? 'group' : 'groups'}, ${images} images, the same on ${share} %, kappa ${kappa?.toFixed(3) ?? 'not defined'}.`,
    ...disagreements.map(({ group, opinions: [a, b], settledBy }) => {
      const settled = settledBy === null ? '' : `, settled by decision ${settledBy}`;
      return `Group ${group}: ${annotators[0]} keeps ${shortList(a.kept) || 'none'}, ${annotators[1]} ${shortList(b.kept) || 'none'}${settled}`;
    }),
  ];
}

function twoNames(text: string): [string, string] {
  const [first, second, ...more] = text.split(',').map((name) => name.trim());
  if (!first || !second || more.length > 0) throw new InvalidArgumentError('Give two names: --annotators ann,ben.');
  return [first, second];
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

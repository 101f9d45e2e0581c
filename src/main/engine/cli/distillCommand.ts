/** @file The command distill: options of the method by their names in the paper. */

import type { Command } from 'commander';
import { presetNames, type DistillInput } from '../distill/options.ts';
import { defined } from '../defined.ts';
import type { Exclusion } from '../quality/options.ts';
import * as pipeline from '../pipeline.ts';
import { globals } from './dataCommands.ts';
import { execute } from './execute.ts';
import { addExclusion, splitExclusion, type ExclusionOptions } from './qualityOptions.ts';
import { distillSummary } from './summaries.ts';
import { device, integer, number } from './values.ts';

type Options = Omit<DistillInput, 'base' | 'cluster' | 'instance' | 'augment' | keyof Exclusion> &
  ExclusionOptions & {
    dataset?: string;
    student?: string;
    teacher?: string;
    preset?: string;
    resume?: string;
    device: string;
    base: boolean;
    cluster: boolean;
    instance: boolean;
    augment: boolean;
    learnTau: boolean;
  };

export function addDistillCommand(program: Command): void {
  addExclusion(program.command('distill'))
    .description('train a student with L_base + L_cluster + L_instance')
    .option('--dataset <name>')
    .option('--student <model>', 'configuration name, or folder with open_clip_config.json')
    .option('--teacher <name>', 'whose embeddings; needed when there are several')
    .option('--resume <run>', 'continue a run from its last checkpoint, with its options')
    .option('--preset <name>', presetNames.join(', '))
    .option('--init <model>', 'open_clip folder or file of weights to start from')
    .option('--epochs <n>', 'passes over the kept pairs', integer)
    .option('--max-steps <n>', 'stop after so many steps', integer)
    .option('--batch <n>', 'pairs a step', integer)
    .option('--micro-batch <n>', 'pairs in memory at once; the losses still see the whole batch', integer)
    .option('--lr <rate>', 'learning rate', number)
    .option('--centres-lr <rate>', 'learning rate of the cluster centres W', number)
    .option('--warmup <n>', 'steps, or a share of all steps below 1', number)
    .option('--schedule <name>', 'cosine or constant')
    .option('--weight-decay <x>', 'of AdamW', number)
    .option('--precision <precision>', 'fp32 or bf16')
    .option('--seed <n>', 'of the start, the order, the crops and the negatives', integer)
    .option('--alpha <share>', 'label loss against divergence in L_cluster', number)
    .option('--gamma <share>', 'image to text against text to image in L_instance', number)
    .option('--tau <t>', 'temperature', number)
    .option('--no-learn-tau', 'keep the temperature of L_base at tau')
    .option('--cluster-logit-scale <x>', 'factor of the logits of the label loss', number)
    .option('--kl <order>', 'student-teacher or teacher-student')
    .option('--negative-rate <share>', 'share of the classes that a step scores', number)
    .option('--reduction <how>', 'mean or sum over the batch')
    .option('--normalise-centres', 'L2-normalise W in the losses')
    .option('--all', 'all pairs, not only the kept')
    .option('--no-base', 'without L_base')
    .option('--no-cluster', 'without L_cluster')
    .option('--no-instance', 'without L_instance')
    .option('--no-augment', 'centre crops in place of random resized crops')
    .option('--checkpoint-every <steps>', 'steps between checkpoints', integer)
    .option('--device <device>', 'auto, cpu or gpu:N', device, 'auto')
    .action(async (all: Options, command: Command) => {
      const { dataset, student, teacher, preset, resume, device: _, ...rest } = all;
      const [exclusion, given] = splitExclusion(rest);
      const request = defined({ dataset, student, teacher, preset, resume });
      // a flag that was not given leaves the recorded value of a resumed run alone
      const switches = ['base', 'cluster', 'instance', 'augment', 'learnTau'] as const;
      const options = { ...given, ...exclusion } as DistillInput;
      for (const name of switches)
        if (command.getOptionValueSource(name) !== 'cli') Reflect.deleteProperty(options, name);
      await execute(globals(command), { job: true, creates: false }, async (workspace, context) => {
        const value = await pipeline.distill(workspace, request, options, context);
        return { value, lines: distillSummary(value) };
      });
    });
}

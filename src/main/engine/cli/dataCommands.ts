/** @file Commands on data: import, embed, balance, cluster. */

import type { Command } from 'commander';
import { UsageError } from '../errors.ts';
import type { ImportOptions } from '../import/run.ts';
import * as pipeline from '../pipeline.ts';
import type { Exclusion } from '../quality/options.ts';
import { execute, executeAlone, type Globals } from './execute.ts';
import { addExclusion, splitExclusion, type ExclusionOptions } from './qualityOptions.ts';
import * as summaries from './summaries.ts';
import { device, devices, integer, integerOr, number } from './values.ts';

type ImportRequest = { dataset?: string; preview?: true } & ImportOptions;
type BalanceRequest = Parameters<typeof pipeline.balance>[1];
type ClusterRequest = Parameters<typeof pipeline.cluster>[1];

export function addDataCommands(program: Command): void {
  program
    .command('import <source...>')
    .description('register the image-text pairs of folders, tables, archives or embeddings')
    .option('--dataset <name>', 'name in the workspace; needed, except with --preview')
    .option('--preview', 'only look: format, columns, first pairs and what is wrong with them; writes nothing')
    .option('--format <format>', 'auto, folder, webdataset, zip, csv, jsonl, parquet, coco or embeddings', 'auto')
    .option('--images <folder>', 'folder that paths in a table count from; its own otherwise')
    .option('--image-column <name>', 'column with the picture; found by itself otherwise')
    .option('--caption-column <name>', 'column with the caption')
    .option('--label-column <name>', 'column with the class')
    .option('--embedding-key <name>', 'arrays of .npz files, such as l14; the widest otherwise')
    .action(async (source: string[], { preview, dataset, ...options }: ImportRequest, command: Command) => {
      const given = globals(command);
      if (preview) {
        await executeAlone(given, async (context) => {
          const value = await pipeline.previewImport({ source, except: given.workspace, ...options }, context);
          return { value, lines: summaries.previewSummary(value) };
        });
        return;
      }
      await execute(given, { job: true, creates: true }, async (workspace, context) => {
        if (dataset === undefined)
          throw new UsageError('Name the dataset with --dataset, or look first with --preview.');
        const value = await pipeline.importData(workspace, { source, dataset, ...options }, context);
        return { value, lines: summaries.importSummary(value) };
      });
    });

  program
    .command('embed')
    .description('embed pictures and captions with a teacher')
    .requiredOption('--dataset <name>')
    .requiredOption(
      '--teacher <model>',
      'name of a teacher (teacher list), an open_clip or transformers folder, or a file of weights',
    )
    .option('--precision <precision>', 'fp32 or bf16', 'fp32')
    .option('--batch <images>', 'images at once, or auto', integerOr('auto'), 'auto')
    .option('--device <device>', 'auto, cpu or gpu:N', device, 'auto')
    .action(async (options: Parameters<typeof pipeline.embed>[1] & { device: string }, command: Command) => {
      await execute(globals(command), { job: true, creates: false }, async (workspace, context) => {
        const value = await pipeline.embed(workspace, options, context);
        return { value, lines: summaries.embedSummary(value) };
      });
    });

  addExclusion(program.command('balance'))
    .description('find semantic duplicates and keep one image a group')
    .requiredOption('--dataset <name>')
    .option('--teacher <name>', 'whose embeddings; needed when there are several')
    .option('--beta <distance>', 'Euclidean distance on unit vectors, 0 to 2', number)
    .option('--cosine-similarity <similarity>', 'the same threshold as a similarity, -1 to 1', number)
    .option('--remove-fraction <share>', 'finds the beta that removes this share', number)
    .option('--top-k <k>', 'neighbours of each image that count, or all', integerOr('all'))
    .option('--chunks <n>', 'units of work', integer)
    .option('--keep <rule>', 'image that a group keeps: centroid, resolution, agreement or oldest')
    .option('--protect <file>', 'list of images that are never removed (.txt, .csv, .jsonl)')
    .option('--max-diameter <distance>', 'cut groups at their weakest links until none is wider', number)
    .option('--max-group-size <images>', 'cut groups at their weakest links until none is larger', integer)
    .option('--incremental', 'decide only on images that are new since the latest balance')
    .option('--against <dataset>', 'also remove images within beta of this other dataset, such as a test set')
    .option('--list-leaks', 'only list those images')
    .option('--approximate', 'likely neighbours from an index, for very many images; prints the measured recall')
    .option('--device <devices>', 'auto, cpu or gpu:N; several work at once: gpu:0,1 or cpu,cpu', devices, ['auto'])
    .action(
      async (
        { device: names, ...all }: Omit<BalanceRequest, keyof Exclusion> & ExclusionOptions & { device: string[] },
        command: Command,
      ) => {
        const [exclusion, options] = splitExclusion(all);
        await execute(globals(command), { job: true, creates: false }, async (workspace, context) => {
          const value = await pipeline.balance(workspace, { ...options, ...exclusion, devices: names }, context);
          return { value, lines: summaries.balanceSummary(value) };
        });
      },
    );

  addExclusion(program.command('cluster'))
    .description('spherical k-means on the kept images')
    .requiredOption('--dataset <name>')
    .requiredOption('--clusters <k>', 'number of clusters, or auto (about 225 images each)', integerOr('auto'))
    .option('--teacher <name>', 'whose embeddings; needed when there are several')
    .option('--iterations <n>', 'at most; with --mini-batch, passes', integer)
    .option('--tolerance <share>', 'ends when an iteration lowers the inertia by no more than this share', number)
    .option('--fit-sample <n>', 'images that the centres are fitted on; all are assigned', integer)
    .option('--mini-batch <n>', 'images after which the centres move, instead of after all', integer)
    .option('--seed <n>', 'of the start', integer)
    .option('--init <start>', 'k-means++ or sample')
    .option('--all', 'all images, not only the kept')
    .option('--device <device>', 'auto, cpu or gpu:N', device, 'auto')
    .action(
      async (
        { device: _, ...all }: Omit<ClusterRequest, keyof Exclusion> & ExclusionOptions & { device: string },
        command: Command,
      ) => {
        const [exclusion, options] = splitExclusion(all);
        await execute(globals(command), { job: true, creates: false }, async (workspace, context) => {
          const value = await pipeline.cluster(workspace, { ...options, ...exclusion }, context);
          return { value, lines: summaries.clusterSummary(value) };
        });
      },
    );
}

/** `--workspace` and `--json` of a command. */
export const globals = (command: Command): Globals => command.optsWithGlobals<Globals>();

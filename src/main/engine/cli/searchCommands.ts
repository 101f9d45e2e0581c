/** @file Commands that look into a dataset by the meaning of its pictures: search, map. */

import { Option, type Command } from 'commander';
import type { MapMethod } from '../map/store.ts';
import * as pipeline from '../pipeline.ts';
import type { MapResult } from '../map/run.ts';
import type { SearchRequest, SearchResult, Which } from '../search/run.ts';
import { globals } from './dataCommands.ts';
import { execute } from './execute.ts';
import { device, integer } from './values.ts';

interface SearchOptions extends Pick<SearchRequest, 'dataset' | 'teacher' | 'model' | 'limit'> {
  which: Which;
  image?: string[];
  sample?: number[];
}

interface MapCommandOptions {
  dataset: string;
  teacher?: string;
  method: MapMethod;
  seed: number;
  sample: number;
  device: string;
}

export function addSearchCommands(program: Command): void {
  program
    .command('search [text...]')
    .description('find pictures by the meaning of a text, or by a picture')
    .requiredOption('--dataset <name>')
    .option('--image <file>', 'look for what is like this picture; may be repeated', appended, undefined)
    .option('--sample <id>', 'look for what is like this sample; may be repeated', appendedInteger, undefined)
    .option('--teacher <name>', 'whose embeddings; that of the latest balance or the only one otherwise')
    .option('--model <folder>', 'where the teacher lies now; remembered')
    .option('--limit <n>', 'pictures to show', integer, 20)
    .addOption(
      new Option('--which <images>', 'of the latest balance').choices(['all', 'kept', 'removed']).default('all'),
    )
    .option('--device <device>', 'auto, cpu or gpu:N', device, 'auto')
    .action(async (words: string[], { image, sample, ...options }: SearchOptions, command: Command) => {
      await execute(globals(command), { job: false, creates: false }, async (workspace, context) => {
        const text = words.length > 0 ? words.join(' ') : undefined;
        const query = { text, pictures: image, samples: sample };
        const value = await pipeline.search(workspace, { ...options, query }, context);
        return { value, lines: searchSummary(value) };
      });
    });

  program
    .command('map')
    .description('two coordinates for each picture, near ones near each other; the window draws them')
    .requiredOption('--dataset <name>')
    .option('--teacher <name>', 'whose embeddings; that of the latest balance or the only one otherwise')
    .addOption(new Option('--method <method>', 'principal components, or UMAP').choices(['pca', 'umap']).default('pca'))
    .option('--seed <n>', 'of UMAP', integer, 0)
    .option('--sample <n>', 'images that UMAP lays out; the others are placed among them', integer, 20_000)
    .option('--device <device>', 'auto, cpu or gpu:N', device, 'auto')
    .action(async ({ device: _, ...options }: MapCommandOptions, command: Command) => {
      await execute(globals(command), { job: true, creates: false }, async (workspace, context) => {
        const value = await pipeline.map(workspace, options, context);
        return { value, lines: mapSummary(value) };
      });
    });
}

const appended = (value: string, before: string[] = []): string[] => [...before, value];
const appendedInteger = (value: string, before: number[] = []): number[] => [...before, integer(value)];

function searchSummary({ dataset, teacher, searched, seconds, hits }: SearchResult): string[] {
  return [
    ...hits.map(({ similarity, sampleId, path, caption, kept, group }) => {
      const fate = `${kept ? '' : '  removed'}${group === null ? '' : `  group ${group}`}`;
      return `${similarity.toFixed(4)}  ${sampleId}  ${path}${fate}  ${firstWords(caption)}`;
    }),
    `${hits.length} of ${searched.toLocaleString('en-US')} pictures of ${dataset}, by ${teacher} (${seconds.toFixed(1)} s).`,
  ];
}

function firstWords(caption: string): string {
  const line = caption.replaceAll(/\s+/g, ' ').trim();
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}

function mapSummary({ id, dataset, teacher, method, images, laidOut, explained, made, seconds }: MapResult): string[] {
  const how =
    method === 'pca'
      ? `principal components (${explained!.map((share) => `${(100 * share).toFixed(1)}%`).join(' and ')} of the variance)`
      : `UMAP of ${laidOut.toLocaleString('en-US')}`;
  const when = made ? `${seconds.toFixed(1)} s` : 'was there';
  return [`Map ${id} of ${images.toLocaleString('en-US')} pictures of ${dataset} by ${teacher}: ${how} (${when}).`];
}

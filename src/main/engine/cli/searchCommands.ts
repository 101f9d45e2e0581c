/** @file Commands that look into a dataset by the meaning of its pictures: search. */

import { Option, type Command } from 'commander';
import * as pipeline from '../pipeline.ts';
import type { SearchRequest, SearchResult, Which } from '../search/run.ts';
import { globals } from './dataCommands.ts';
import { execute } from './execute.ts';
import { device, integer } from './values.ts';

interface SearchOptions extends Pick<SearchRequest, 'dataset' | 'teacher' | 'model' | 'limit'> {
  which: Which;
  image?: string[];
  sample?: number[];
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

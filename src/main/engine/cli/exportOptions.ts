/** @file Options that only some exports have, and what an export says of its result. */

import type { Command } from 'commander';
import type { ExportKind } from '../pipeline.ts';
import { addExclusion, addThresholds } from './qualityOptions.ts';
import { integer } from './values.ts';

const outputs: Partial<Record<ExportKind, string>> = {
  student: 'folder',
  folder: 'new or empty folder',
  webdataset: 'new or empty folder',
  files: 'text file',
  uids: '.npy file',
  evaluations: '.json, .md, .csv, .tsv, .jsonl or .parquet',
};

type Option = [flags: string, description: string, parse?: (text: string) => number];
const which: Option = ['--which <samples>', 'kept (the default), removed or all'];
const samples: Option = ['--samples <file>', 'only the samples with these ids, one a line'];
const extras: Partial<Record<ExportKind, Option[]>> = {
  manifest: [which, samples],
  files: [which, samples, ['--null', 'end paths with NUL, for xargs -0 and rsync --from0']],
  folder: [which, samples, ['--copy', 'copies in place of hard links']],
  uids: [which, samples, ['--uids-from <what>', 'hash: the first 128 bits of the sha256 of each picture']],
  webdataset: [
    which,
    samples,
    ['--shard-samples <n>', 'samples of a shard, 10000 otherwise', integer],
    ['--shard-size <size>', 'or bytes of a shard at most, such as 1GB'],
  ],
};

/** A command of `export` with its options. */
export function addExportOptions(command: Command, what: ExportKind): Command {
  command.requiredOption('--out <path>', outputs[what] ?? '.csv, .tsv, .jsonl or .parquet');
  if (what === 'student' || what === 'metrics') command.option('--run <run>', 'the newest otherwise');
  else if (what !== 'evaluations') command.option('--dataset <name>', 'needed when there are several');
  if (what === 'student') command.option('--format <format>', 'open_clip or transformers', 'open_clip');
  for (const [flags, description, parse] of extras[what] ?? []) {
    if (parse) command.option(flags, description, parse);
    else command.option(flags, description);
  }
  if (what === 'quality') addThresholds(command);
  return extras[what]?.includes(which) ? addExclusion(command) : command;
}

const count = (n: number): string => n.toLocaleString('en-US');

/** Where the result is and what it holds. */
export function exportSummary(result: { path: string; rows: number }): string[] {
  const extra = result as Record<string, unknown>;
  const parts = ['shards', 'linked', 'copied', 'present', 'repeated', 'skipped'].flatMap((name) => {
    const value = extra[name];
    return typeof value === 'number' && (value > 0 || name === 'shards') ? [`${count(value)} ${name}`] : [];
  });
  const reasons = Object.entries((extra['reasons'] ?? {}) as Record<string, number>);
  return [
    `${result.path} (${[`${count(result.rows)} rows`, ...parts].join(', ')})`,
    ...reasons.map(([reason, n]) => `  ${count(n)} x ${reason}`),
  ];
}

/** @file Options that only some exports have, and what an export says of its result. */

import type { Command } from 'commander';
import type { ExportPreview } from '../export/preview.ts';
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
  command.option('--dry-run', 'say what would be written where, and write nothing');
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

const shownFiles = 5;

/** What would be written, for people. */
export function previewSummary(preview: ExportPreview): string[] {
  const { path, folder, rows, shards, bytes, exact, skipped, files, fileCount, replaces, goesOn } = preview;
  const size = bytes === null ? [] : [`${exact ? '' : 'about '}${byteText(bytes)}`];
  const parts = [
    ...(rows === null ? [] : [`${count(rows)} rows`]),
    ...(shards === null ? [] : [`${count(shards)} shards`]),
    ...(folder ? [`${count(fileCount)} files`] : []),
    ...size,
    ...(skipped > 0 ? [`${count(skipped)} skipped`] : []),
  ];
  const list = (names: readonly string[], total: number): string =>
    [...names.slice(0, shownFiles), ...(total > shownFiles ? [`and ${count(total - shownFiles)} more`] : [])].join(
      ', ',
    );
  return [
    `would write ${path}${parts.length > 0 ? ` (${parts.join(', ')})` : ''}`,
    ...(folder && fileCount > 0 ? [`  files: ${list(files, fileCount)}`] : []),
    ...(goesOn ? ['  goes on with an export of the same samples'] : []),
    ...(replaces.length > 0 ? [`  replaces: ${list(replaces, replaces.length)}`] : []),
  ];
}

function byteText(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  const step = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return `${step === 0 ? count(bytes) : (bytes / 1000 ** step).toFixed(1)} ${units[step]!}`;
}

/** @file The end of a run in a terminal: what happened, in 100 columns. */

import { printable } from '../printable.ts';
import { duration, integer, percent, plural, short } from './format.ts';
import type { ReportBalance, ReportClusters, ReportFile, ReportInput, ReportRun } from './input.ts';
import { curveName, inOrder, isLoss, sizeBins, startAndEnd } from './series.ts';
import { seenNotes, sideBySide } from './sideBySide.ts';

const width = 100;
const indent = '  ';
/** Groups and file names a group that are listed. */
const mostGroups = 8;
/** Bars of the histogram. */
const mostBars = 12;

/** Plain text, lines of at most 100 characters except where a path is longer. */
export function renderSummary(input: ReportInput): string {
  const blocks = [
    counts(input),
    input.balance && groups(input.balance),
    input.clusters && clusterSizes(input.clusters),
    ...input.runs.map(training),
    evaluation(input),
    files(input.files),
  ];
  return (
    blocks
      .filter((block) => block !== undefined && block.length > 0)
      .map((block) => block!.map(printable).join('\n'))
      .join('\n\n') + '\n'
  );
}

function counts({ title, dataset, counts: own, seconds }: ReportInput): string[] {
  const took = seconds === undefined ? '' : `, ${duration(seconds)}`;
  const lines = [`${title} (dataset ${dataset}${took})`, ''];
  const rows = [
    ['imported', integer(own.imported), own.skipped > 0 ? `${integer(own.skipped)} skipped` : ''],
    ['kept', integer(own.kept), percent(own.kept / Math.max(1, own.imported))],
    ['removed', integer(own.removed), percent(own.removed / Math.max(1, own.imported))],
  ];
  lines.push(...table(rows, ['left', 'right', 'left']));
  lines.push(...own.reasons.map(({ reason, count }) => cut(`${indent}skipped ${integer(count)}: ${reason}`)));
  return lines;
}

function groups({ groups: largest, groupCount, beta }: ReportBalance): string[] {
  const shown = largest.slice(0, mostGroups);
  const lines = [
    `Duplicates: ${plural(groupCount, 'group')} within ${short(beta)}${shown.length < groupCount ? ', the largest' : ''}; [kept], the others removed`,
  ];
  for (const { size, members } of shown) {
    const names = members.map(({ name, keep }) => (keep ? `[${name}]` : name));
    lines.push(listed(`${indent}${integer(size).padStart(4)}  `, names, size));
  }
  return lines;
}

/** Names until the line is full, then how many more there are. */
function listed(start: string, names: readonly string[], size: number): string {
  let line = start;
  for (const [i, name] of names.entries()) {
    const rest = size - i;
    const more = ` and ${rest - 1} more`;
    const next = i === 0 ? line + name : `${line}, ${name}`;
    if (i > 0 && next.length + (rest > 1 ? more.length : 0) > width) return `${line} and ${rest} more`;
    line = next;
  }
  return size > names.length ? `${line} and ${size - names.length} more` : line;
}

function clusterSizes({ before, after }: ReportClusters): string[] {
  const bins = sizeBins(before, after, mostBars);
  const most = Math.max(1, ...bins.map((bin) => bin.before));
  const room = 56;
  const binned = bins.length < before.length;
  const lines = [
    `Cluster sizes before and after, ${plural(before.length, 'cluster')} from the largest to the smallest${binned ? `, means of ${bins.length} bins` : ''}`,
  ];
  const number = (size: number) => (Number.isInteger(size) ? integer(size) : size.toFixed(1));
  const wide = Math.max(...bins.map((bin) => number(bin.before).length));
  for (const bin of bins) {
    const whole = Math.round((bin.before / most) * room);
    const rest = Math.min(whole, Math.round((bin.after / most) * room));
    const bar = '█'.repeat(rest) + '░'.repeat(whole - rest);
    lines.push(`${indent}${number(bin.before).padStart(wide)} → ${number(bin.after).padEnd(wide)}  ${bar}`);
  }
  lines.push(`${indent}${''.padStart(2 * wide + 5)}█ kept  ░ removed`);
  return lines;
}

function training(run: ReportRun): string[] {
  const took = run.seconds === undefined ? '' : `, ${duration(run.seconds)}`;
  const lines = [
    cut(
      `Training of the ${run.role === 'other' ? 'model' : run.role} ${run.model}: ${plural(run.steps, 'step')} on ${plural(run.images, 'image')}${took}`,
    ),
  ];
  const rows = inOrder(run.curves)
    .filter(isLoss)
    .flatMap((curve) => {
      const ends = startAndEnd(curve);
      return ends ? [[curveName(curve.name), short(ends.first), short(ends.last), short(ends.settled)]] : [];
    });
  const head = ['loss', 'first step', 'last step', 'mean of the last tenth'];
  if (rows.length > 0) lines.push(...table([head, ...rows], ['left', 'right', 'right', 'right']));
  return lines;
}

function evaluation({ evaluations }: ReportInput): string[] {
  const { models, sets } = sideBySide(evaluations);
  const lines: string[] = [];
  for (const { data, rows } of sets) {
    if (lines.length > 0) lines.push('');
    lines.push(cut(`Evaluation on ${data}`));
    const head = ['', 'chance', ...models.map(({ model }) => model)];
    const body = rows.map(({ name, chance, values }) => [
      name,
      percent(chance),
      ...values.map((value) => (value === undefined ? '-' : percent(value))),
    ]);
    lines.push(...table([head, ...body], ['left', ...head.slice(1).map(() => 'right' as const)]));
  }
  for (const note of seenNotes(evaluations)) lines.push(...wrapped(note));
  return lines;
}

function files(list: readonly ReportFile[]): string[] {
  if (list.length === 0) return [];
  const wide = Math.max(...list.map(({ what }) => what.length));
  const lines = ['Where things lie'];
  for (const { what, path, use } of list) {
    lines.push(`${indent}${what.padEnd(wide)}  ${path}`);
    if (use !== undefined) lines.push(`${indent}${''.padEnd(wide)}  ${use}`);
  }
  return lines;
}

/** Columns of equal width, two spaces apart. */
function table(rows: readonly string[][], sides: readonly ('left' | 'right')[]): string[] {
  const widths = sides.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows.map((row) => {
    const cells = row.map((cell, i) => (sides[i] === 'right' ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)));
    return cut((indent + cells.join('  ')).trimEnd());
  });
}

/** Words of a sentence over several lines. */
function wrapped(text: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && indent.length + line.length + 1 + word.length > width) {
      lines.push(indent + line);
      line = '';
    }
    line += (line === '' ? '' : ' ') + word;
  }
  return [...lines, indent + line].map(cut);
}

const cut = (line: string): string => (line.length > width ? `${line.slice(0, width - 1)}…` : line);

/** @file Results in a few lines for people; `--json` has all of it. */

import type { BalanceResult } from '../balance/run.ts';
import type { ClusterResult } from '../cluster/run.ts';
import type { DistillResult } from '../distill/training.ts';
import type { EmbedResult } from '../embed/run.ts';
import type { Preview } from '../import/preview.ts';
import type { ImportResult } from '../import/run.ts';
import type { LeftOutRecord } from '../quality/leftOut.ts';

const count = (n: number): string => n.toLocaleString('en-US');
const percent = (part: number): string => `${(100 * part).toFixed(1)}%`;
const time = (seconds: number): string => `${seconds.toFixed(1)} s`;

export function importSummary({ dataset, imported, skipped, reasons, seconds }: ImportResult): string[] {
  return [
    `Dataset ${dataset}: ${count(imported)} image-text pairs, ${count(skipped)} skipped (${time(seconds)}).`,
    ...Object.entries(reasons).map(([reason, n]) => `  ${count(n)} x ${reason}`),
  ];
}

export function previewSummary({
  format,
  sources,
  columns,
  total,
  looked,
  pairs,
  problems,
  failure,
}: Preview): string[] {
  if (failure !== null) return [`Format ${format}. It cannot be imported like this: ${failure}`];
  const chosen = Object.entries(columns).map(([role, name]) => `${role} = ${name}`);
  return [
    `Format ${format}, ${count(sources)} ${sources === 1 ? 'source' : 'sources'}, ${total === null ? 'not counted' : `${count(total)} pairs`}.`,
    ...(chosen.length === 0 ? [] : [`Columns: ${chosen.join(', ')}.`]),
    ...pairs.slice(0, 5).map(({ path, caption, reason }) => `  ${path}: ${reason ?? oneLine(caption)}`),
    problems.length === 0 ? `Nothing wrong with the first ${count(looked)}.` : `Of the first ${count(looked)}:`,
    ...problems.map(({ what, skipped, count: n, examples }) => {
      return `  ${count(n)} x ${what}${skipped ? ', would be skipped' : ''} (${examples.join('; ')})`;
    }),
  ];
}

const oneLine = (caption: string): string =>
  caption === '' ? '(no caption)' : caption.replaceAll(/\s+/g, ' ').slice(0, 100);

function leftOutLine({ without, leftOut }: LeftOutRecord): string[] {
  return without ? [`${count(leftOut ?? 0)} images are left out for a flag: ${without.join(', ')}.`] : [];
}

export function embedSummary({ dataset, teacher, images, dim, imagesPerSecond, seconds }: EmbedResult): string[] {
  const rate = Math.round(imagesPerSecond);
  return [
    `Embedded ${count(images)} pairs of ${dataset} with ${teacher}: ${dim} dimensions, ${rate} images/s (${time(seconds)}).`,
  ];
}

export function balanceSummary(result: BalanceResult): string[] {
  const { images, pairs, groups, removed, kept, beta, largest, leaks } = result;
  return [
    `Kept ${count(kept)} of ${count(images)} images, removed ${count(removed)} (${percent(removed / Math.max(1, images))}).`,
    `${count(groups)} duplicate groups from ${count(pairs)} pairs within beta = ${beta}.`,
    ...largest.slice(0, 5).map(largeGroup),
    ...leftOutLine(result),
    ...balanceNotes(result),
    ...(result.recall === undefined
      ? []
      : [
          `Approximate: ${percent(result.recall)} of the exact pairs of ${count(result.sample ?? 0)} sampled images were found.`,
        ]),
    ...(leaks ? [`${count(leaks.count)} images leak: they are within beta of the other dataset.`] : []),
    ...(leaks?.examples.slice(0, 5) ?? []).map(
      ({ path, otherPath, distance }) => `  ${path} is ${distance.toFixed(4)} from ${otherPath}`,
    ),
  ];
}

function largeGroup({
  size,
  keeper,
  kept,
  diameter,
  diameterExact,
  weakest,
}: BalanceResult['largest'][number]): string {
  const keeps = kept > 1 ? `${count(kept)} of them` : (keeper?.path ?? 'none');
  const across = `${diameterExact ? '' : 'at most '}${diameter.toFixed(3)} across`;
  return `  ${count(size)} images ${across}, weakest link ${weakest.toFixed(3)}, keeps ${keeps}`;
}

function balanceNotes({ added, images, split, decisions, emptied, ...result }: BalanceResult): string[] {
  const { keep, remove, notDuplicates } = decisions;
  return [
    ...(added > 0 && added < images ? [`${count(added)} images are new since the balance before.`] : []),
    ...(split.groups > 0 ? [`Split ${count(split.groups)} groups by cutting ${count(split.edges)} edges.`] : []),
    ...(result.protected > 0 ? [`${count(result.protected)} images are protected.`] : []),
    ...(keep + remove + notDuplicates > 0
      ? [`Decisions: ${count(keep)} images kept, ${count(remove)} removed, ${count(notDuplicates)} sets kept apart.`]
      : []),
    ...(emptied > 0 ? [`${count(emptied)} groups keep no image.`] : []),
  ];
}

export function clusterSummary({ clusters, images, inertia, quality, iterations, ...result }: ClusterResult): string[] {
  const { sizes, sizesBefore: before, similarity, empty } = quality;
  const top = quality.largest[0];
  return [
    `${count(clusters)} clusters of ${count(images)} images after ${iterations} iterations; inertia ${inertia.toPrecision(6)}.`,
    ...leftOutLine(result),
    `Sizes: largest ${count(sizes.max)}, median ${count(sizes.median)}, smallest ${count(sizes.min)}, ${count(empty)} empty; Gini ${sizes.gini.toFixed(3)} (${before.gini.toFixed(3)} before balance), ${percent(sizes.largestPercent)} in the largest 1% of clusters (${percent(before.largestPercent)}).`,
    `Similarity to the centre: mean ${quality.meanSimilarity.toFixed(3)}; nine clusters in ten from ${similarity.p5.toFixed(3)} to ${similarity.p95.toFixed(3)}.`,
    ...(top ? [`  ${count(top.size)} images in the largest, nearest to its centre ${top.nearest[0]!.path}`] : []),
  ];
}

export function distillSummary({
  run,
  steps,
  losses,
  samplesPerSecond,
  seconds,
  model,
  alarms,
  ...result
}: DistillResult): string[] {
  const terms = Object.entries(losses).flatMap(([name, value]) =>
    value === null ? [] : [`${name} ${value.toFixed(4)}`],
  );
  return [
    `Run ${run}: ${count(steps)} steps in ${time(seconds)}, ${Math.round(samplesPerSecond)} samples/s.`,
    ...leftOutLine(result),
    `Losses at the end: ${terms.join(', ')}.`,
    ...alarms.map((text) => `Alarm: ${text}`),
    `Student: ${model}`,
  ];
}

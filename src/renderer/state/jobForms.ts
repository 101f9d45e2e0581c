/** @file The forms that start jobs: what a person has filled in, and the job it makes or what is wrong with each field. */

import type { z } from 'zod';
import type { BalanceFacts, Dataset, JobStart } from '../../preload/contract.ts';
import {
  betaValue,
  clusterCount,
  datasetName,
  diameterValue,
  fileArgument,
  groupSizeValue,
  removeShare,
  sourceList,
  teacherName,
  type ImportColumns,
} from '../../preload/jobStart.ts';
import { baseName, formatCount } from './format.ts';
import { removedAt } from './removalCurve.ts';

export type FormName =
  'import' | 'embed' | 'teacher' | 'balance' | 'cluster' | 'map' | 'distill' | 'evaluate' | 'export';
type JobOf<Kind extends JobStart['kind']> = Extract<JobStart, { kind: Kind }>;

/** Texts are as they were typed. */
export interface ImportDraft {
  sources: string[];
  dataset: string;
  format: JobOf<'import'>['format'];
  columns: ImportColumns;
}

export interface EmbedDraft {
  dataset: string;
  teacher: string;
  precision: JobOf<'embed'>['precision'];
}

export interface BalanceDraft {
  dataset: string;
  teacher: string;
  by: 'beta' | 'share';
  beta: string;
  /** Percent. */
  share: string;
  keep: JobOf<'balance'>['keep'];
  /** Empty: no limit. */
  maxDiameter: string;
  maxGroupSize: string;
  /** Empty: none. */
  against: string;
}

export interface ClusterDraft {
  dataset: string;
  teacher: string;
  auto: boolean;
  clusters: string;
}

export interface MapDraft {
  dataset: string;
  teacher: string;
  method: JobOf<'map'>['method'];
}

export interface Checked<Field extends string> {
  /** Null while a field is wrong. */
  job: JobStart | null;
  problems: Partial<Record<Field, string>>;
}

/** Of a clustering with `auto`, as the paper has it. */
export const imagesPerCluster = 225;

export function checkImport(draft: ImportDraft, datasets: readonly Dataset[]): Checked<'sources' | 'dataset'> {
  const namesake = datasets.find(({ name }) => name === draft.dataset);
  const taken =
    namesake && draft.sources.length > 0 && !isSourceOf(draft.sources, namesake)
      ? `There is a dataset ${namesake.name} from ${shortSource(namesake.source)}. Choose another name.`
      : undefined;
  return checked(
    {
      sources: problemOf(sourceList, draft.sources),
      dataset: problemOf(datasetName, draft.dataset) ?? taken,
    },
    () => ({ kind: 'import', ...draft }),
  );
}

/** The sources that a dataset came from: importing them again adds what is new. */
export const isSourceOf = (sources: readonly string[], { source }: Pick<Dataset, 'source'>): boolean =>
  sources.join('\n') === source;

export function checkEmbed(draft: EmbedDraft, datasets: readonly Dataset[]): Checked<'dataset' | 'teacher'> {
  const dataset = datasets.find(({ name }) => name === draft.dataset);
  const broken =
    dataset && !dataset.complete ? `The import of ${dataset.name} did not end. Import it again.` : undefined;
  return checked(
    {
      dataset: problemOf(datasetName, draft.dataset) ?? broken,
      teacher: draft.teacher === '' ? 'Choose the folder of a teacher.' : problemOf(fileArgument, draft.teacher),
    },
    () => ({ kind: 'embed', ...draft }),
  );
}

type BalanceField = 'dataset' | 'teacher' | 'beta' | 'share' | 'maxDiameter' | 'maxGroupSize';

export function checkBalance(draft: BalanceDraft): Checked<BalanceField> {
  const beta = numberOf(draft.beta);
  const share = numberOf(draft.share) / 100;
  const maxDiameter = optionalNumber(draft.maxDiameter);
  const maxGroupSize = optionalNumber(draft.maxGroupSize);
  const byBeta = draft.by === 'beta';
  return checked<BalanceField>(
    {
      dataset: problemOf(datasetName, draft.dataset),
      teacher: problemOf(teacherName, draft.teacher),
      beta: byBeta ? problemOf(betaValue, beta) : undefined,
      share: byBeta ? undefined : problemOf(removeShare, share),
      maxDiameter: problemOf(diameterValue.nullable(), maxDiameter),
      maxGroupSize: problemOf(groupSizeValue.nullable(), maxGroupSize),
    },
    () => ({
      kind: 'balance',
      dataset: draft.dataset,
      teacher: draft.teacher,
      limit: byBeta ? { beta } : { removeFraction: Number(share.toPrecision(12)) },
      keep: draft.keep,
      maxDiameter,
      maxGroupSize,
      against: draft.against === '' ? null : draft.against,
    }),
  );
}

export function checkCluster(draft: ClusterDraft): Checked<'dataset' | 'teacher' | 'clusters'> {
  const clusters = numberOf(draft.clusters);
  return checked(
    {
      dataset: problemOf(datasetName, draft.dataset),
      teacher: problemOf(teacherName, draft.teacher),
      clusters: draft.auto ? undefined : problemOf(clusterCount, clusters),
    },
    () => ({
      kind: 'cluster',
      dataset: draft.dataset,
      teacher: draft.teacher,
      clusters: draft.auto ? 'auto' : clusters,
    }),
  );
}

export function checkMap(draft: MapDraft): Checked<'dataset' | 'teacher'> {
  return checked(
    { dataset: problemOf(datasetName, draft.dataset), teacher: problemOf(teacherName, draft.teacher) },
    () => ({ kind: 'map', ...draft }),
  );
}

/** What a beta means, and what the latest balance says of it. */
export function betaHint(text: string, facts: Pick<BalanceFacts, 'curve' | 'images'> | null): string | undefined {
  const beta = betaValue.safeParse(numberOf(text)).data;
  if (beta === undefined) return undefined;
  const similarity = `Cosine similarity of ${(1 - beta ** 2 / 2).toFixed(3)} and more.`;
  const last = facts?.curve.beta.at(-1);
  if (!facts || last === undefined || beta > last) return similarity;
  const removed = formatCount(removedAt(facts.curve, beta));
  return `${similarity} By the latest balance it removes about ${removed} of ${formatCount(facts.images)} images.`;
}

/** Names of the teachers that later stages can work with. */
export const teachersOf = (dataset: Dataset | undefined): string[] =>
  dataset?.embeddings.filter(({ complete }) => complete).map(({ teacher }) => teacher) ?? [];

/** A dataset's name for sources: the last part of the first one's path, numbered where it is taken. */
export function suggestName(sources: readonly string[], datasets: readonly Dataset[]): string {
  const again = datasets.find((dataset) => isSourceOf(sources, dataset));
  if (again) return again.name;
  const word = baseName(sources[0] ?? '')
    .replace(/(\.tar)?\.[A-Za-z0-9]{1,8}$/, '')
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '') // accents
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+|-+$/g, '')
    .slice(0, 90);
  if (word === '') return '';
  const taken = new Set(datasets.map(({ name }) => name));
  let name = word;
  for (let i = 2; taken.has(name); i++) name = `${word}-${i}`;
  return name;
}

/** `/data/food and 2 more` */
export function shortSource(source: string): string {
  const [first = '', ...more] = source.split('\n');
  return more.length === 0 ? first : `${first} and ${more.length} more`;
}

export function checked<Field extends string>(
  found: Record<Field, string | undefined>,
  make: () => JobStart,
): Checked<Field> {
  const problems: Partial<Record<Field, string>> = {};
  for (const field of Object.keys(found) as Field[]) {
    if (found[field] !== undefined) problems[field] = found[field];
  }
  return { job: Object.keys(problems).length === 0 ? make() : null, problems };
}

export function problemOf(schema: z.ZodType, value: unknown): string | undefined {
  const { error } = schema.safeParse(value);
  return error?.issues[0]?.message;
}

/** A comma may stand for the point; what is no number is NaN. */
export const numberOf = (text: string): number => (text.trim() === '' ? NaN : Number(text.trim().replace(',', '.')));

const optionalNumber = (text: string): number | null => (text.trim() === '' ? null : numberOf(text));

/** @file The form of distill: what was filled in, the job that it makes, and what is wrong with each field. */

import { create } from 'zustand';
import type { DistillEstimate, DistillFormFacts, JobStart, RunFacts } from '../../preload/contract.ts';
import { canSay, distillFields, distillJob, type DistillPreset, type DistillValues } from '../../preload/distillJob.ts';
import { formatBytes, formatCount, formatDuration, formatRate } from './format.ts';
import { showForm } from './forms.ts';

export type Setting = keyof DistillValues;

/** Numbers as they were typed; an empty one is null where there is such a thing. */
export type DistillTexts = Record<Setting, string | boolean>;

export interface DistillDraft {
  dataset: string;
  teacher: string;
  student: string;
  preset: DistillPreset | null;
  texts: DistillTexts;
}

export interface CheckedDistill {
  /** Null while a field is wrong. */
  job: JobStart | null;
  values: DistillValues | null;
  problems: Partial<Record<'dataset' | 'student' | 'teacher' | Setting, string>>;
}

type Checkpoint = RunFacts['checkpoints'][number];

/** What a form begins with in place of the defaults: of a run, and perhaps one of its checkpoints. */
interface Start {
  run: string;
  checkpoint: Checkpoint | null;
  student: string;
  dataset: string | null;
  teacher: string | null;
  values: DistillValues;
}
export const useDistillStart = create<{ start: Start | null }>(() => ({ start: null }));

/** Opens the form filled as a run was. @param checkpoint whose weights it starts with; null: as the run did */
export function startLike({ run, student, dataset, teacher, values }: RunFacts, checkpoint: Checkpoint | null): void {
  if (values === null) return;
  useDistillStart.setState({
    start: {
      ...{ run, checkpoint, student, dataset, teacher },
      values: checkpoint ? { ...values, init: checkpoint.folder } : values,
    },
  });
  showForm('distill');
}
export const forgetStart = (): void => {
  useDistillStart.setState({ start: null });
};

export const textsOf = (values: DistillValues): DistillTexts =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      typeof value === 'boolean' ? value : value === null ? '' : String(value),
    ]),
  ) as DistillTexts;

/** Those that hold words; the rest are numbers and switches. */
const wordy: readonly Setting[] = ['schedule', 'precision', 'kl', 'reduction', 'init'];

export function checkDistill(draft: DistillDraft, facts: DistillFormFacts): CheckedDistill {
  const problems: CheckedDistill['problems'] = {};
  const values: Partial<Record<Setting, unknown>> = {};
  for (const name of Object.keys(distillFields) as Setting[]) {
    const { data, error } = distillFields[name].safeParse(valueOf(name, draft.texts[name]));
    if (error) problems[name] = error.issues[0]!.message;
    else values[name] = data;
  }
  const found = values as DistillValues;
  const { base, cluster, instance, batch, microBatch } = found;
  if (!base && !cluster && !instance) problems.base = 'Keep at least one of the three losses.';
  if (!problems.microBatch && !problems.batch && microBatch !== null && batch % microBatch !== 0) {
    problems.microBatch = `The batch of ${batch} is not a multiple of it.`;
  }
  if (draft.student === '') problems.student = 'Choose a student.';
  const teacher = cluster || instance ? draft.teacher : '';
  if ((cluster || instance) && draft.teacher === '') {
    problems.teacher = 'The dataset has no embeddings yet: embed it first, or train with the base loss alone.';
  }
  if (draft.dataset === '') problems.dataset = 'Choose a dataset.';
  if (Object.keys(problems).length > 0) return { job: null, values: null, problems };
  const start = {
    kind: 'distill' as const,
    dataset: draft.dataset,
    student: draft.student,
    teacher: teacher === '' ? null : teacher,
    ...changesOf(found, draft.preset, facts),
  };
  const { data, error } = distillJob.safeParse(start);
  if (!data)
    return { job: null, values: found, problems: { [String(error.issues[0]!.path[0])]: error.issues[0]!.message } };
  return { job: data, values: found, problems };
}

/** The settings that the command has to name: those that differ from the preset, or from the defaults where it has no words for that. */
export function changesOf(values: DistillValues, preset: DistillPreset | null, facts: DistillFormFacts) {
  const differ = (from: DistillValues): Partial<DistillValues> =>
    Object.fromEntries(Object.entries(values).filter(([name, value]) => value !== from[name as Setting]));
  const changes = differ(preset === null ? facts.defaults : facts.presets[preset]);
  const sayable = Object.entries(changes).every(([name, value]) => canSay(name as Setting, value));
  return preset !== null && !sayable ? { preset: null, changes: differ(facts.defaults) } : { preset, changes };
}

function valueOf(name: Setting, text: string | boolean): unknown {
  if (typeof text === 'boolean') return text;
  const trimmed = text.trim();
  // what may be empty is null then; of the others the schema asks for a number
  if (trimmed === '') return distillFields[name].safeParse(null).success ? null : NaN;
  return wordy.includes(name) ? trimmed : Number(trimmed.replace(',', '.'));
}

/** What an estimate rests on, in a sentence. */
export function basisText({ basis, from, gpu }: DistillEstimate): string {
  switch (basis) {
    case 'measured':
      return `From the speed of run ${from?.run ?? ''} of this student on this machine.`;
    case 'scaled':
      return `From the speed of ${from?.student ?? ''} (run ${from?.run ?? ''}) by the number of multiplications: may be off by two.`;
    case 'guess':
      return `A guess from the number of multiplications for ${gpu ?? 'these processor cores'}: nothing was trained here yet, so it may be off several times.`;
  }
}

export function estimateText({
  pairs,
  steps,
  seconds,
  samplesPerSecond,
  memoryBytes,
  freeBytes,
  parameters,
}: DistillEstimate) {
  return {
    time: `about ${formatDuration(seconds * 1000)}`,
    timeNote: `${formatCount(steps)} steps on ${formatCount(pairs)} pairs at ${formatRate(samplesPerSecond)}`,
    memory: `about ${formatBytes(memoryBytes)}`,
    memoryNote: `${millions(parameters)} parameters${freeBytes === null ? '' : `, ${formatBytes(freeBytes)} free`}`,
    tight: freeBytes !== null && memoryBytes > freeBytes,
  };
}

/** `8.3 million`, `151 million` */
export const millions = (count: number): string => `${Number((count / 1e6).toPrecision(count < 1e8 ? 2 : 3))} million`;

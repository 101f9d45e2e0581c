/**
 * @file What goes wrong while a run trains: told once each, at the step where it was seen, and kept as the metric
 * `alarm/KIND`, so that it goes where the curves go.
 */

import type { DistillOptions } from './options.ts';

export const alarmKinds = ['not-finite', 'collapse', 'chance', 'starved'] as const;
export type AlarmKind = (typeof alarmKinds)[number];

export interface Alarm {
  kind: AlarmKind;
  step: number;
  /** What was measured: see `alarmText`. */
  value: number;
}

export interface Observed {
  /** Losses and norms of the step, by the names of the metrics table. */
  metrics: Readonly<Record<string, number>>;
  /** 1 - |mean embedding|^2 */
  spread: number;
  /** Share of the step's time that went by without pictures to compute on, 0 to 1. */
  waiting: number;
}

/** Below this the embeddings of a batch are nearly one point; far above float32's noise, at which the run is stopped. */
const narrowSpread = 1e-4;
/** Of ln(batch), the loss of somebody who guesses. */
const nearChance = 0.98;
const starvedShare = 0.5;
/** Steps that a mean is taken over. */
const lossWindow = 50;
const waitingWindow = 20;
const spreadWindow = 10;
/** After warm-up; before, every loss is that of chance. */
const chanceGrace = 100;
/** The threads that read pictures have only just begun. */
const firstSteps = 5;

/** Looks at every step of one session of training. */
export class AlarmWatch {
  private readonly raised: Set<AlarmKind>;
  private readonly options: Pick<DistillOptions, 'batch' | 'base' | 'instance' | 'reduction'>;
  private readonly chanceAfter: number;
  private readonly losses = new Recent(lossWindow);
  private readonly waits = new Recent(waitingWindow);
  private readonly spreads = new Recent(spreadWindow);
  private seen = 0;

  /**
   * @param warmSteps steps of the warm-up
   * @param before kinds that the run has told already
   */
  constructor(
    options: Pick<DistillOptions, 'batch' | 'base' | 'instance' | 'reduction'>,
    warmSteps: number,
    before: Iterable<AlarmKind> = [],
  ) {
    this.options = options;
    this.chanceAfter = warmSteps + chanceGrace;
    this.raised = new Set(before);
  }

  /** New alarms of this step. */
  observe(step: number, { metrics, spread, waiting }: Observed): Alarm[] {
    const alarms: Alarm[] = [];
    const raise = (kind: AlarmKind, value: number): void => {
      if (this.raised.has(kind)) return;
      this.raised.add(kind);
      alarms.push({ kind, step, value });
    };
    this.seen++;
    if (!Object.values(metrics).every(Number.isFinite) || !Number.isFinite(spread)) {
      raise('not-finite', 0);
      return alarms;
    }
    const narrow = this.spreads.add(spread);
    if (narrow !== undefined && narrow < narrowSpread) raise('collapse', narrow);
    const relative = this.losses.add(this.overChance(metrics));
    if (step > this.chanceAfter && relative !== undefined && relative > nearChance) raise('chance', relative);
    const starved = this.seen > firstSteps ? this.waits.add(waiting) : undefined;
    if (starved !== undefined && starved > starvedShare) raise('starved', starved);
    return alarms;
  }

  /** Contrastive loss over ln(batch); NaN where neither contrastive loss is on. */
  private overChance(metrics: Observed['metrics']): number {
    const { batch, base, reduction } = this.options;
    const loss = metrics[base ? 'loss/base' : 'loss/instance'] ?? NaN;
    return (reduction === 'sum' ? loss / batch : loss) / Math.log(batch);
  }
}

/** Mean of the last values. */
class Recent {
  private readonly values: number[] = [];
  private readonly size: number;

  constructor(size: number) {
    this.size = size;
  }

  /** Undefined until there are enough. */
  add(value: number): number | undefined {
    this.values.push(value);
    if (this.values.length > this.size) this.values.shift();
    if (this.values.length < this.size) return undefined;
    return this.values.reduce((sum, one) => sum + one, 0) / this.size;
  }
}

/** What happened and what to do about it. */
export function alarmText({ kind, step, value }: Alarm): string {
  const percent = (share: number): string => `${Math.round(share * 100)}%`;
  switch (kind) {
    case 'not-finite':
      return `A loss or gradient is not a finite number at step ${step}. Try a lower --lr, a longer --warmup or --precision fp32.`;
    case 'collapse':
      return `The student's image embeddings are nearly one point at step ${step} (variance ${value.toExponential(1)}). Try a lower --lr, and keep the base loss on.`;
    case 'chance':
      return `The contrastive loss at step ${step} is ${percent(value)} of ln(batch): no better than guessing. Look at the captions, and try another --lr.`;
    case 'starved':
      return `Training waited for pictures ${percent(value)} of the time around step ${step}. Smaller files, a faster disk or fewer other programs would make it faster.`;
  }
}

export const alarmMetric = (kind: AlarmKind): string => `alarm/${kind}`;

/** The alarm that a metric stands for, if it is one. */
export function alarmOf({ name, step, value }: { name: string; step: number; value: number }): Alarm | undefined {
  const kind = alarmKinds.find((one) => alarmMetric(one) === name);
  return kind && { kind, step, value };
}

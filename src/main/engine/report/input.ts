/** @file What a report tells, as plain data; the pipeline fills it from the database. */

import type { PictureSource } from '../pictureSource.ts';

export interface ReportInput {
  title: string;
  dataset: string;
  /** Where the dataset was imported from. */
  source?: string;
  /** ISO 8601, UTC. */
  createdAt: string;
  /** Of the whole pipeline. */
  seconds?: number;
  /** One line, e.g. processor, cores, memory, GPU. */
  machine: string;
  /** Version by program. */
  versions: Record<string, string>;
  counts: ReportCounts;
  /** Images with at least one quality flag, and the flags that occur. */
  quality?: { flagged: number; flags: { name: string; count: number }[] };
  balance?: ReportBalance;
  clusters?: ReportClusters;
  /** Trainings in the order in which they ran. */
  runs: ReportRun[];
  evaluations: ReportEvaluation[];
  averages?: ReportAverage[];
  /** Where the results lie. */
  files: ReportFile[];
  /** Every option of the pipeline, shown as it is. */
  config: unknown;
}

export interface ReportCounts {
  imported: number;
  skipped: number;
  /** Why pictures were skipped, most frequent first. */
  reasons: { reason: string; count: number }[];
  /** Equal to `imported` when nothing was balanced. */
  kept: number;
  removed: number;
}

export interface ReportBalance {
  teacher: string;
  /** Euclidean distance on unit vectors. */
  beta: number;
  pairs: number;
  /** All groups of two and more. */
  groupCount: number;
  /** The largest, largest first; as many as shall be shown. */
  groups: ReportGroup[];
}

export interface ReportGroup {
  /** All members, also those that are not listed. */
  size: number;
  meanDistance: number;
  /** The keeper first. */
  members: ReportMember[];
}

export interface ReportMember {
  /** How the picture is called. */
  name: string;
  /** Absolute; null when only an embedding exists. */
  picture: PictureSource | null;
  caption: string;
  /** Euclidean, to the group's centroid. */
  distance: number;
  keep: boolean;
}

export interface ReportClusters {
  /** Pictures of each cluster before balancing, `[k]`. */
  before: number[];
  /** The same clusters after it, `[k]`. */
  after: number[];
  quality?: {
    /** Mean cosine of a picture and its centre; that of nine clusters in ten lies within `from` and `to`. */
    similarity: { mean: number; from: number; to: number };
    /** Of the sizes: 0 where all are equal. */
    gini: { before: number; after: number };
    empty: number;
  };
}

export type Role = 'teacher' | 'student' | 'other';

export interface ReportRun {
  /** Id of the run. */
  id: string;
  role: Role;
  /** Name of the architecture. */
  model: string;
  images: number;
  steps: number;
  /** Of training alone. */
  seconds?: number;
  samplesPerSecond?: number;
  /** By metric name: loss/overall, lr, gradNorm, ... */
  curves: ReportCurve[];
}

export interface ReportCurve {
  name: string;
  /** Ascending. */
  steps: number[];
  values: number[];
}

export interface ReportEvaluation {
  model: string;
  role: Role;
  data: string;
  /** Fractions in [0, 1]. */
  measures: ReportMeasure[];
  /** Tested images, and how many of them are in the dataset that trained the model; missing where that is not known. */
  seen?: { images: number; tested: number };
}

export interface ReportMeasure {
  name: string;
  value: number;
  /** 95% confidence. */
  interval?: [low: number, high: number];
  chance: number;
}

/** Mean over the sets of a suite of the paper. */
export interface ReportAverage {
  suite: string;
  model: string;
  average: number;
  /** Evaluated, and of how many. */
  sets: number;
  of: number;
  /** As the paper printed it. */
  paper?: true;
}

export interface ReportFile {
  what: string;
  path: string;
  /** How to use it, e.g. a line of code. */
  use?: string;
}

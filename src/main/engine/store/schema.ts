/** @file Types of the tables; the comments stand in migrations/. */

import type { ColumnType, Generated } from 'kysely';

/** An integer 0 or 1. */
export type Flag = 0 | 1;

export interface Schema {
  datasets: {
    id: Generated<number>;
    name: string;
    source: string;
    format: string;
    imported_at: string;
    complete: ColumnType<Flag, Flag | undefined, Flag>;
    options: ColumnType<string, string | undefined, string>;
  };
  samples: {
    id: Generated<number>;
    dataset_id: number;
    position: number;
    path: string;
    file: string | null;
    caption: string;
    label: string | null;
    width: number | null;
    height: number | null;
    bytes: number | null;
    hash: string | null;
    offset: number | null;
    length: number | null;
    encoding: 'deflate' | null;
    parts: string | null;
    uid: string | null;
    modified: number | null;
    brightness: number | null;
    contrast: number | null;
    sharpness: number | null;
    agreement: number | null;
    status: 'ok' | 'skipped';
    reason: string | null;
  };
  balances: {
    id: Generated<number>;
    dataset_id: number;
    teacher: string;
    options: string;
    beta: number;
    images: number;
    pairs: number;
    groups: number;
    removed: number;
    kept: number;
    finished_at: string;
  };
  duplicate_groups: {
    id: Generated<number>;
    balance_id: number;
    size: number;
    mean_distance: number;
    diameter: number | null;
    diameter_exact: Flag | null;
    weakest: number | null;
    review: ColumnType<0 | 1 | 2, 0 | 1 | 2 | undefined, 0 | 1 | 2>;
  };
  links: { group_id: number; distance: number; first_id: number; second_id: number };
  members: { group_id: number; sample_id: number; distance: number; keep: Flag; rank: number | null };
  balance_samples: { balance_id: number; first: number; last: number };
  removals: {
    balance_id: number;
    sample_id: number;
    reason: 'leak' | 'decision' | 'quality' | 'earlier';
    other_id: number | null;
    distance: number | null;
  };
  listed_leaks: { balance_id: number; sample_id: number; other_id: number | null; distance: number };
  removal_curve: { balance_id: number; beta: number; removed: number };
  decisions: {
    id: Generated<number>;
    dataset_id: number;
    kind: 'keep' | 'keep-only' | 'remove' | 'not-duplicates' | 'split' | 'defer';
    annotator: string;
    decided_at: string;
    undone_at: string | null;
    settles: ColumnType<Flag, Flag | undefined, Flag>;
    rule: string | null;
  };
  decision_samples: { decision_id: number; sample_id: number; side: ColumnType<number, number | undefined, number> };
  decision_events: {
    id: Generated<number>;
    decision_id: number;
    action: 'decide' | 'undo' | 'redo';
    annotator: string;
    at: string;
    before: string | null;
    after: string | null;
  };
  clusterings: {
    id: Generated<number>;
    dataset_id: number;
    teacher: string;
    balance_id: number | null;
    clusters: number;
    options: string;
    inertia: number;
    iterations: number;
    quality: string | null;
    finished_at: string;
  };
  runs: {
    id: string;
    dataset_id: number | null;
    student: string;
    config: string;
    seed: number;
    versions: string;
    device: string;
    state: 'running' | 'stopped' | 'done' | 'failed';
    step: ColumnType<number, number | undefined, number>;
    total_steps: number;
    started_at: string;
    finished_at: string | null;
    error: string | null;
  };
  metrics: { run_id: string; name: string; step: number; value: number };
  evaluations: {
    id: Generated<number>;
    run_id: string | null;
    model: string;
    task: string;
    data: string;
    results: string;
    finished_at: string;
  };
  jobs: {
    id: Generated<number>;
    pid: number;
    command: string;
    state: 'running' | 'done' | 'failed' | 'cancelled';
    progress: string | null;
    log: string | null;
    started_at: string;
    heartbeat_at: string;
    finished_at: string | null;
    error: string | null;
  };
  queued_jobs: { id: Generated<number>; command: string; queued_at: string };
}

/** @file A small report for tests. */

import type { ReportInput } from '../../../src/main/engine/report/input.ts';

export function exampleInput(changes: Partial<ReportInput> = {}): ReportInput {
  const steps = [1, 2, 3, 4];
  return {
    title: 'Twelve pictures',
    dataset: 'twelve',
    createdAt: '2026-11-24T17:05:00Z',
    seconds: 431,
    machine: '2 cores, 24 GB',
    versions: { Distillery: '0.1.0' },
    quality: { flagged: 2, flags: [{ name: 'blurred', count: 2 }] },
    counts: { imported: 12, skipped: 1, reasons: [{ reason: 'truncated JPEG', count: 1 }], kept: 9, removed: 3 },
    balance: {
      teacher: 'tiny',
      beta: 0.3,
      pairs: 4,
      groupCount: 2,
      groups: [
        {
          size: 3,
          meanDistance: 0.1,
          members: [
            { name: 'a.jpg', picture: null, caption: 'a mango', distance: 0.05, keep: true },
            { name: 'b.jpg', picture: null, caption: 'another mango', distance: 0.1, keep: false },
            { name: 'c.jpg', picture: null, caption: 'a third mango', distance: 0.15, keep: false },
          ],
        },
      ],
    },
    clusters: { before: [2, 7, 3], after: [2, 5, 2] },
    runs: [
      {
        id: 'run-1',
        role: 'student',
        model: 'tiny-16',
        images: 9,
        steps: 4,
        seconds: 12,
        samplesPerSecond: 3,
        curves: [
          { name: 'lr', steps, values: [0.001, 0.002, 0.001, 0] },
          { name: 'loss/overall', steps, values: [4, 3, 2, 1] },
        ],
      },
    ],
    evaluations: [
      {
        model: 'student',
        role: 'student',
        data: 'twelve',
        measures: [{ name: 'Zero-shot top-1', value: 0.5, chance: 0.25 }],
      },
      {
        model: 'teacher',
        role: 'teacher',
        data: 'twelve',
        measures: [{ name: 'Zero-shot top-1', value: 0.75, interval: [0.5, 0.875], chance: 0.25 }],
      },
    ],
    averages: [
      { suite: 'Robustness', model: 'student', average: 0.4, sets: 2, of: 5 },
      { suite: 'Robustness', model: 'CLIP-CID', average: 0.498, sets: 5, of: 5, paper: true },
    ],
    files: [{ what: 'Student', path: '/out/student', use: "open_clip.create_model('local-dir:/out/student')" }],
    config: { beta: 0.3 },
    ...changes,
  };
}

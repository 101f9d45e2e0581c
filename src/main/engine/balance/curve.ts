/** @file The removal curve: how many images go at each beta. */

import type { Forest } from './forest.ts';

export interface CurvePoint {
  /** Euclidean. */
  beta: number;
  removed: number;
}

const POINTS = 512;

/**
 * Images that go at evenly spaced values of beta from 0 to the chosen one. Exact there: a group of s images loses
 * s - 1 of them, so at each beta as many go as the minimum spanning forest has edges within it.
 */
export function removalCurve({ distance }: Forest, beta: number): CurvePoint[] {
  const curve: CurvePoint[] = [];
  let removed = 0;
  for (let point = 0; point < POINTS; point++) {
    const at = point === POINTS - 1 ? beta : (beta * point) / (POINTS - 1);
    while (removed < distance.length && distance[removed]! <= at) removed++;
    if (curve.length === 0 || at > curve.at(-1)!.beta) curve.push({ beta: at, removed });
  }
  return curve;
}

/** @file Balls around parts of a group: cheap bounds of a diameter that need no pair of images. */

import { centroidOf, distancesTo, TINY } from './measures.ts';

export interface Ball {
  /** `[dim]` */
  centre: Float64Array;
  /** No member is farther from the centre. */
  radius: number;
}

/** Around the centroid of rows `[n, dim]`. */
export function ballOf(vectors: Float32Array, dim: number): Ball {
  const centre = centroidOf(vectors, dim);
  const radius = distancesTo(centre, vectors).reduce((most, distance) => Math.max(most, distance), 0);
  return { centre, radius: radius + TINY };
}

/** The smallest ball around two. */
export function enclose(a: Ball, b: Ball): Ball {
  let squares = 0;
  for (let t = 0; t < a.centre.length; t++) squares += (a.centre[t]! - b.centre[t]!) ** 2;
  const apart = Math.sqrt(squares);
  if (apart + b.radius <= a.radius) return a;
  if (apart + a.radius <= b.radius) return b;
  const radius = (apart + a.radius + b.radius) / 2 + TINY;
  const step = (radius - a.radius) / apart;
  return { centre: a.centre.map((value, t) => value + step * (b.centre[t]! - value)), radius };
}

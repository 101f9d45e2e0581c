/** @file vitest run test/app/map: the points of a map: decoded, found by place, selected, coloured, seen. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { coloursOf, colouringsOf, paint } from '../../src/renderer/state/mapColours.ts';
import { boundsOf, decodeMap, PointGrid, pointsInside, type MapPoints } from '../../src/renderer/state/mapPoints.ts';
import { fitView, panBy, toMap, toScreen, zoomAt } from '../../src/renderer/state/mapView.ts';

/** In the layout of `map.points`. */
function encoded(): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify({ images: 2, clusters: 3, balanced: true, labels: ['a'] }));
  const head = new Uint8Array(4 + Math.ceil(json.length / 4) * 4).fill(32);
  new DataView(head.buffer).setUint32(0, json.length, true);
  head.set(json, 4);
  const columns = [Float32Array.of(1, 2, 3, 4), Int32Array.of(8, 9), Int32Array.of(-1, 2), Uint16Array.of(0, 1)];
  const bytes = columns.map((column) => new Uint8Array(column.buffer));
  const all = [head, ...bytes, Uint8Array.of(1, 0)];
  const joined = new Uint8Array(all.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of all) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

describe('decoding', () => {
  test('gives the columns, also from bytes that lie anywhere', () => {
    const bytes = encoded();
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    for (const given of [bytes, shifted.subarray(3)]) {
      expect(decodeMap(given)).toEqual({
        ...{ images: 2, clusters: 3, balanced: true, labels: ['a'] },
        positions: Float32Array.of(1, 2, 3, 4),
        samples: Int32Array.of(8, 9),
        cluster: Int32Array.of(-1, 2),
        label: Uint16Array.of(0, 1),
        removed: Uint8Array.of(1, 0),
      });
    }
  });

  test('refuses what is cut off', () => {
    expect(() => decodeMap(encoded().slice(0, -1))).toThrow(/damaged/);
  });
});

const coordinate = fc.float({ min: -100, max: 100, noNaN: true });
const places = fc.array(fc.tuple(coordinate, coordinate), { maxLength: 60 });

describe('the nearest point', () => {
  test('is that of a look at all', () => {
    fc.assert(
      fc.property(places, coordinate, coordinate, fc.integer({ min: 1, max: 80 }), (list, x, y, radius) => {
        const positions = Float32Array.from(list.flat());
        const distances = list.map((_, i) => Math.hypot(positions[2 * i]! - x, positions[2 * i + 1]! - y));
        const least = Math.min(...distances);
        const found = new PointGrid(positions).nearest(x, y, radius);
        if (found === undefined) expect(least).toBeGreaterThan(radius * 0.999999);
        else expect(distances[found]).toBeCloseTo(least, 5);
      }),
    );
  });

  test('is found where all lie on one place', () => {
    expect(new PointGrid(new Float32Array(20)).nearest(0.1, 0, 1)).toBeDefined();
    expect(new PointGrid(new Float32Array()).nearest(0, 0, 1)).toBeUndefined();
  });
});

describe('a lasso', () => {
  test('selects what lies inside, not in its dents', () => {
    // a U of 3 x 3, open above
    const line = Float32Array.of(0, 0, 3, 0, 3, 3, 2, 3, 2, 1, 1, 1, 1, 3, 0, 3);
    const positions = Float32Array.of(0.5, 2, 1.5, 2, 2.5, 2, 1.5, 0.5, 4, 1);
    expect(pointsInside(positions, line)).toEqual([0, 2, 3]);
  });

  test('that is only a click selects nothing', () => {
    expect(pointsInside(Float32Array.of(1, 1), Float32Array.of(1, 1))).toEqual([]);
  });
});

describe('the view', () => {
  const screen = { width: 640, height: 400 };
  const whole = fitView({ left: -2, right: 6, bottom: 0, top: 1 }, screen);

  test('shows everything, and screen and map are the same place', () => {
    expect(toScreen(whole, screen, -2, 0.5)).toEqual([24, 200]);
    expect(toScreen(whole, screen, 6, 0.5)[0]).toBeCloseTo(616, 9);
    const [x, y] = toMap(whole, screen, ...toScreen(whole, screen, 1.25, 0.75));
    expect([x, y].map((value) => value.toFixed(9))).toEqual(['1.250000000', '0.750000000']);
  });

  test('zooms about the pointer, within limits', () => {
    const closer = zoomAt(whole, screen, 3, 100, 300, whole);
    const [before, after] = [toMap(whole, screen, 100, 300), toMap(closer, screen, 100, 300)];
    expect(after[0]).toBeCloseTo(before[0], 9);
    expect(after[1]).toBeCloseTo(before[1], 9);
    expect(closer.scale).toBeCloseTo(3 * whole.scale, 9);
    expect(zoomAt(whole, screen, 1e9, 0, 0, whole).scale).toBeLessThan(1e5 * whole.scale);
    expect(zoomAt(whole, screen, 1e-9, 0, 0, whole).scale).toBeGreaterThan(0.1 * whole.scale);
  });

  test('follows the hand', () => {
    const [x, y] = toScreen(panBy(whole, 30, -20), screen, 1, 1);
    const [x0, y0] = toScreen(whole, screen, 1, 1);
    expect([Math.round(x - x0), Math.round(y - y0)]).toEqual([30, -20]);
  });

  test('fits a single point', () => {
    const view = fitView(boundsOf(Float32Array.of(5, 5)), screen);
    expect(toScreen(view, screen, 5, 5)).toEqual([320, 200]);
  });
});

describe('colours', () => {
  const points: MapPoints = {
    ...{ images: 4, clusters: 2, balanced: false, labels: [] },
    positions: new Float32Array(8),
    samples: Int32Array.of(1, 2, 3, 4),
    cluster: Int32Array.of(1, 1, -1, 0),
    label: new Uint16Array(4),
    removed: new Uint8Array(4),
  };

  test('can be by what tells something', () => {
    expect(colouringsOf(points)).toEqual(['cluster']);
    expect(colouringsOf({ ...points, balanced: true, labels: ['a'] })).toEqual(['cluster', 'fate', 'label']);
  });

  test('come with a legend, the most frequent first', () => {
    const { legend, more } = coloursOf(points, 'cluster');
    expect(legend.map(({ name, count }) => [name, count])).toEqual([
      ['cluster 1', 2],
      ['in no cluster', 1],
      ['cluster 0', 1],
    ]);
    expect(more).toBe(0);
    expect(coloursOf(points, 'fate').legend.map(({ name }) => name)).toEqual(['kept']);
  });

  test('are the same for the same cluster, and fade outside of a selection', () => {
    const painted = paint(coloursOf(points, 'cluster'), new Set([1]));
    expect(painted.slice(0, 3)).toEqual(painted.slice(4, 7));
    expect(painted[3]).toBeLessThan(painted[7]!);
    expect(painted.slice(4, 7)).not.toEqual(painted.slice(12, 15));
  });
});

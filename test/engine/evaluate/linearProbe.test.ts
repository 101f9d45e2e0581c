/** @file vitest run test/engine/evaluate/linearProbe.test.ts */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CancelledError } from '../../../src/main/engine/errors.ts';
import { accuracyOf } from '../../../src/main/engine/evaluate/classification.ts';
import { minimise } from '../../../src/main/engine/evaluate/lbfgs.ts';
import { linearProbe, searchPeak } from '../../../src/main/engine/evaluate/linearProbe.ts';
import { fitLogistic, logisticRanks } from '../../../src/main/engine/evaluate/logisticRegression.ts';
import { stratifiedSplit } from '../../../src/main/engine/evaluate/split.ts';
import { normalStream } from '../../../src/main/engine/random.ts';
import { tf } from '../../../src/main/engine/runtime/backend.ts';
import { expected, floats, integers } from './peers.ts';

describe('L-BFGS', () => {
  test('finds the minimum of a badly scaled quadratic', async () => {
    const scales = [1, 10, 1000];
    const found = await minimise(
      (x, gradient) => {
        let value = 0;
        for (const [i, scale] of scales.entries()) {
          gradient[i] = scale * (x[i]! - i);
          value += 0.5 * scale * (x[i]! - i) ** 2;
        }
        return value;
      },
      Float64Array.of(5, 5, 5),
      { maxIterations: 100, tolerance: 1e-8 },
    );
    expect(found.converged).toBe(true);
    for (const [i, value] of found.x.entries()) expect(value).toBeCloseTo(i, 6);
  });

  test('follows the curved valley of Rosenbrock', async () => {
    const found = await minimise(
      (x, gradient) => {
        const [a, b] = [x[0]!, x[1]!];
        gradient[0] = -2 * (1 - a) - 400 * a * (b - a * a);
        gradient[1] = 200 * (b - a * a);
        return (1 - a) ** 2 + 100 * (b - a * a) ** 2;
      },
      Float64Array.of(-1.2, 1),
      { maxIterations: 200, tolerance: 1e-6 },
    );
    expect(found.x[0]).toBeCloseTo(1, 3);
    expect(found.x[1]).toBeCloseTo(1, 3);
  });

  test('says that it did not converge when iterations run out', async () => {
    const found = await minimise(
      (x, gradient) => {
        gradient[0] = 4 * x[0]! ** 3;
        return x[0]! ** 4;
      },
      Float64Array.of(100),
      { maxIterations: 2, tolerance: 1e-12 },
    );
    expect(found).toMatchObject({ converged: false, iterations: 2 });
  });
});

describe('logistic regression', () => {
  test('by hand: without useful features the intercept learns the class shares', async () => {
    const model = await fitLogistic(new Float32Array(4), Int32Array.of(0, 0, 0, 1), { dim: 1, classes: 2, c: 1 });
    expect(model.intercept[0]! - model.intercept[1]!).toBeCloseTo(Math.log(3), 3);
    expect(model.objective).toBeCloseTo(-(3 * Math.log(3 / 4) + Math.log(1 / 4)), 6);
  });

  test.each(expected.linearProbe.fits)('equals scikit-learn at C = $c', async (peer) => {
    const { train, dim, classes } = expected.linearProbe;
    const features = await floats('probeFeatures');
    const labels = await integers('probeLabels');
    const before = tf.memory().numTensors;
    const model = await fitLogistic(features.data.subarray(0, train * dim), labels.subarray(0, train), {
      dim,
      classes,
      c: peer.c,
    });
    expect(model.converged).toBe(true);
    expect(Math.abs(model.objective / peer.objective - 1)).toBeLessThan(1e-6);
    const scale = Math.max(...peer.weights.flat().map(Math.abs));
    for (const [i, weight] of peer.weights.flat().entries()) {
      expect(Math.abs(model.weights[i]! - weight) / scale).toBeLessThan(1e-3);
    }
    const mean = model.intercept.reduce((sum, value) => sum + value, 0) / classes;
    for (const [k, value] of peer.intercept.entries()) {
      expect(Math.abs(model.intercept[k]! - mean - value) / scale).toBeLessThan(1e-3);
    }
    const [held, truth] = [features.data.subarray(train * dim), labels.subarray(train)];
    const found = accuracyOf(logisticRanks(model, held, truth, dim), truth, ['0', '1', '2', '3']);
    expect(Math.abs(found.top1 - peer.top1)).toBeLessThan(0.003);
    expect(Math.abs(found.meanPerClass - peer.meanPerClass)).toBeLessThan(0.003);
    expect(tf.memory().numTensors).toBe(before);
  });

  test('with two classes our C counts twice that of scikit-learn', async () => {
    const { train, dim, binary } = expected.linearProbe;
    const features = await floats('probeFeatures');
    const labels = await integers('probeLabels');
    const rows = [...labels.subarray(0, train).entries()].filter(([, label]) => label < 2).map(([row]) => row);
    const pair = Float32Array.from(rows.flatMap((row) => [...features.data.subarray(row * dim, (row + 1) * dim)]));
    const model = await fitLogistic(
      pair,
      Int32Array.from(rows, (row) => labels[row]!),
      {
        dim,
        classes: 2,
        c: binary.c / 2,
      },
    );
    for (const [i, weight] of binary.weights.entries()) {
      expect(Math.abs(model.weights[2 * i + 1]! - model.weights[2 * i]! - weight)).toBeLessThan(2e-3);
    }
  });

  test('rows in a narrow cone: their shift goes into the intercept and costs no iterations', async () => {
    const { train, dim, classes } = expected.linearProbe;
    const rows = (await floats('probeFeatures')).data.subarray(0, train * dim);
    const labels = (await integers('probeLabels')).subarray(0, train);
    const near = await fitLogistic(rows, labels, { dim, classes, c: 1 });
    const shifted = rows.map((value) => value + 20);
    const far = await fitLogistic(shifted, labels, { dim, classes, c: 1 });
    expect(far.converged).toBe(true);
    expect(far.iterations).toBeLessThan(2 * near.iterations);
    expect(far.objective / near.objective).toBeCloseTo(1, 4);
    const hits = (model: typeof near, of: Float32Array) =>
      logisticRanks(model, of, labels, dim).filter((rank) => rank === 0).length;
    expect(Math.abs(hits(far, shifted) - hits(near, rows))).toBeLessThan(2);
  });

  test('blocks of rows add up to the whole', async () => {
    // 900 classes: 4,660 rows a block, so 6,000 rows make two; the second one holds the second class
    const [n, dim, classes] = [6000, 1, 900];
    const features = Float32Array.from({ length: n }, (_, i) => (i < 4660 ? 1 : -1));
    const labels = Int32Array.from({ length: n }, (_, i) => (i < 4660 ? 0 : 1));
    const start = await fitLogistic(features, labels, { dim, classes, c: 1, maxIterations: 0 });
    // at zero every class has the same probability
    expect(start.objective / (n * Math.log(classes))).toBeCloseTo(1, 6);
    const fitted = await fitLogistic(features, labels, { dim, classes, c: 1, maxIterations: 10 });
    expect(logisticRanks(fitted, features, labels, dim).every((rank) => rank === 0)).toBe(true);
  });
});

describe('split', () => {
  test('is stratified, complete and repeats with the seed', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 80 }),
        fc.integer(),
        (list, seed) => {
          const labels = Int32Array.from(list);
          const { rest, held } = stratifiedSplit(labels, 0.25, seed);
          expect([...rest, ...held].sort((a, b) => a - b)).toEqual(list.map((_, i) => i));
          for (const label of new Set(list)) {
            const size = list.filter((other) => other === label).length;
            const taken = held.filter((row) => labels[row] === label).length;
            expect(taken).toBe(size === 1 ? 0 : Math.max(1, Math.round(size * 0.25)));
          }
          expect(stratifiedSplit(labels, 0.25, seed)).toEqual({ rest, held });
        },
      ),
    );
    const many = new Int32Array(100);
    expect(stratifiedSplit(many, 0.5, 1).held).not.toEqual(stratifiedSplit(many, 0.5, 2).held);
  });
});

describe('search', () => {
  test('finds a peak to an eighth of a decade in 15 fits', async () => {
    const tried: number[] = [];
    const best = await searchPeak((exponent) => {
      tried.push(exponent);
      return Promise.resolve(-Math.abs(exponent - 1.37));
    });
    expect(best).toBe(1.375);
    expect(tried.length).toBe(15);
  });

  test('among equals takes the strongest regularisation', async () => {
    expect(await searchPeak((exponent) => Promise.resolve(exponent >= -1 ? 1 : 0))).toBe(-1);
  });
});

describe('linear probe', () => {
  const blobs = (n: number, seed: number) => {
    const [dim, classes] = [6, 3];
    const normal = normalStream(seed);
    const labels = Int32Array.from({ length: n }, (_, i) => i % classes);
    const features = Float32Array.from({ length: n * dim }, (_, i) => {
      const label = labels[Math.floor(i / dim)]!;
      return (i % dim === label ? 1 : 0) + 0.4 * normal();
    });
    return { features, labels };
  };

  test('separates what can be separated and trains on everything in the end', async () => {
    const progress: number[] = [];
    const found = await linearProbe(
      { train: blobs(120, 1), test: blobs(60, 2), dim: 6, classes: 3 },
      { seed: 0, onFit: (done) => progress.push(done) },
    );
    expect(found.ranks.filter((rank) => rank === 0).length / 60).toBeGreaterThan(0.85);
    expect(found).toMatchObject({ trained: 120, validated: 24 });
    expect(found.search.length).toBe(15);
    const best = Math.max(...found.search.map(({ top1 }) => top1));
    expect(found.search.find(({ top1 }) => top1 === best)?.c).toBe(found.c);
    expect(progress).toEqual(Array.from({ length: 16 }, (_, i) => i + 1));
  });

  test('uses a validation split that it is given, and a fixed C without search', async () => {
    const [train, validation, test] = [blobs(60, 1), blobs(30, 2), blobs(30, 3)];
    const given = await linearProbe({ train, validation, test, dim: 6, classes: 3 }, { seed: 0 });
    expect(given).toMatchObject({ trained: 90, validated: 30 });
    const fixed = await linearProbe({ train, test, dim: 6, classes: 3 }, { seed: 0, c: 2 });
    expect(fixed).toMatchObject({ c: 2, search: [], trained: 60, validated: 0 });
  });

  test("CLIP's protocol ends where scikit-learn's solver ends", async () => {
    const { data, dim } = await floats('probeFeatures');
    const labels = await integers('probeLabels');
    const { parts, c, top1, validationTop1 } = expected.linearProbe.search;
    const [train, validation, test] = parts.map(([from, to]) => ({
      features: data.subarray(from * dim, to * dim),
      labels: labels.subarray(from, to),
    }));
    const input = { train: train!, validation: validation!, test: test!, dim, classes: expected.linearProbe.classes };
    const found = await linearProbe(input, { seed: 0 });
    expect(found.c).toBeCloseTo(c, 9);
    expect(Math.max(...found.search.map((one) => one.top1))).toBeCloseTo(validationTop1, 9);
    // 0.3 points are allowed
    expect(found.ranks.filter((rank) => rank === 0).length / 200).toBeCloseTo(top1, 9);
  });

  test('stops where it is told and leaves no tensor', async () => {
    const before = tf.memory().numTensors;
    const probe = linearProbe(
      { train: blobs(60, 1), test: blobs(30, 3), dim: 6, classes: 3 },
      { seed: 0, onIteration: (i) => (i === 2 ? Promise.reject(new CancelledError()) : Promise.resolve()) },
    );
    await expect(probe).rejects.toThrow(CancelledError);
    expect(tf.memory().numTensors).toBe(before);
  });

  test('asks for C when no class can spare an image', async () => {
    const train = { features: Float32Array.of(1, 0, 0, 1), labels: Int32Array.of(0, 1) };
    await expect(linearProbe({ train, test: train, dim: 2, classes: 2 }, { seed: 0 })).rejects.toThrow(
      /regularisation/,
    );
  });
});

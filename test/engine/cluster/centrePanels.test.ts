/** @file Centres on the device within a budget. Run: npx vitest run test/engine/cluster/centrePanels.test.ts */

import { expect, it } from 'vitest';
import { CentrePanels, PANEL } from '../../../src/main/engine/cluster/centrePanels.ts';
import { permutation } from '../../../src/main/engine/random.ts';
import { tf } from '../../../src/main/engine/runtime/backend.ts';

it('panels hold the centres in their order, and no more than the budget stays on the device', () => {
  const [centres, dim] = [4 * PANEL + 100, 3];
  const vectors = Float32Array.from({ length: centres * dim }, (_, at) => Math.floor(at / dim));
  const before = tf.memory().numTensors;
  for (const order of [undefined, permutation(centres, 1)]) {
    const panels = new CentrePanels(vectors, dim, 'float32', { order, heldBytes: 1 });
    for (let pass = 0; pass < 2; pass++) {
      const seen: number[] = [];
      panels.forEach(centres, (first, ids, { tensor, rows }) => {
        expect(first).toBe(seen.length);
        expect(ids.length).toBe(rows);
        const values = tensor.dataSync<'float32'>();
        for (let row = 0; row < rows; row++) {
          expect(values[row * dim]).toBe(ids[row]);
          seen.push(ids[row]!);
        }
        // the two newest always stay
        expect(tf.memory().numTensors - before).toBeLessThanOrEqual(2);
      });
      expect(seen).toEqual(Array.from(order ?? Array(centres).keys()));
    }
    let visited = 0;
    panels.forEach(PANEL + 1, () => visited++);
    expect(visited).toBe(2);
    panels.dispose();
  }
  expect(tf.memory().numTensors).toBe(before);
});

/** @file How well caption and picture agree under a teacher: the cosine of their embeddings. */

import type { Workspace } from '../store/workspace.ts';

type Rows = Float32Array | Float16Array; // [n, dim]

/** Stores the cosine of each pair, in one transaction; that of another teacher before it is replaced. */
export function storeAgreement(workspace: Workspace, ids: Int32Array, image: Rows, text: Rows): void {
  const update = workspace.sqlite.prepare('UPDATE samples SET agreement = ? WHERE id = ?');
  const dim = image.length / ids.length;
  const storeAll = workspace.sqlite.transaction(() => {
    for (const [row, id] of ids.entries()) {
      update.run(cosine(image.subarray(row * dim, (row + 1) * dim), text.subarray(row * dim, (row + 1) * dim)), id);
    }
  });
  storeAll.immediate();
}

function cosine(a: Rows, b: Rows): number {
  let [product, squaresA, squaresB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    product += a[i]! * b[i]!;
    squaresA += a[i]! * a[i]!;
    squaresB += b[i]! * b[i]!;
  }
  return Math.max(-1, Math.min(1, product / Math.sqrt(squaresA * squaresB)));
}

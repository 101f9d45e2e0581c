/** @file How a set of embeddings remembers where its teacher lies. */

import path from 'node:path';
import { bundledName } from './parts.ts';

/** What is kept: `bundled`, a path from the workspace (`./models/x`) so that it can be copied elsewhere, or an absolute one; `absoluteModel` goes back. */
export function keptReference(workspaceDir: string, reference: string): string {
  if (reference === bundledName) return reference;
  const inside = path.relative(workspaceDir, path.resolve(reference));
  return inside.startsWith('..') || path.isAbsolute(inside) ? path.resolve(reference) : `.${path.sep}${inside}`;
}

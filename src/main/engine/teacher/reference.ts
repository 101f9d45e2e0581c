/** @file How configurations and sets of embeddings name a model. */

import path from 'node:path';
import { isTeacherName } from './registry.ts';

/** What is kept: a teacher's name, a path from the workspace (`./models/x`) so that it can be copied elsewhere, or an absolute one; `absoluteModel` goes back. */
export function keptReference(workspaceDir: string, reference: string): string {
  if (isTeacherName(reference)) return reference;
  const inside = path.relative(workspaceDir, path.resolve(reference));
  return inside.startsWith('..') || path.isAbsolute(inside) ? path.resolve(reference) : `.${path.sep}${inside}`;
}

/** A model as a configuration names it: a name of this machine stays one, anything else is a path that counts from `base`. */
export const absoluteModel = (base: string, reference: string): string =>
  isTeacherName(reference) ? reference : path.resolve(base, reference);

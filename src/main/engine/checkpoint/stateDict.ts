/** @file Where the weights are in what somebody saved: alone, or beside an optimizer's state under a usual name. */

import type { PickleValue } from './machine.ts';
import { Tensor } from './torchObjects.ts';

const usualNames = ['state_dict', 'model_state_dict', 'model'];

/** The tensors by name; what else the dict holds is left out. @throws {Error} when there are none */
export function findStateDict(root: PickleValue): Map<string, Tensor> {
  if (!(root instanceof Map)) throw new Error('it holds no dict of tensors');
  for (const candidate of [...usualNames.map((name) => root.get(name)), root]) {
    const tensors = tensorsOf(candidate);
    if (tensors.size > 0) return tensors;
  }
  const keys = [...root.keys()].slice(0, 8).map((key) => (typeof key === 'string' ? key.slice(0, 100) : typeof key));
  throw new Error(
    `it holds no weights: expected a dict of tensors, alone or as ${usualNames.join(', ')}; found ${keys.join(', ') || 'nothing'}`,
  );
}

function tensorsOf(value: unknown): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>();
  if (!(value instanceof Map)) return tensors;
  for (const [name, tensor] of value as Map<unknown, unknown>) {
    if (typeof name === 'string' && tensor instanceof Tensor) tensors.set(name, tensor);
  }
  return tensors;
}

/** @file Updates of variables at the end of a function: checked when it is traced, written as nodes of the graph. */

import { DistilleryError } from '../errors.ts';
import { float32 } from './nodes.ts';
import type { Attribute } from './proto.ts';
import { TF, type Ref, type Signature } from './record.ts';
import type { Scope } from './rewrites.ts';
import type { Trace, TracedUpdate } from './trace.ts';
import type { TensorSpec, Update } from './types.ts';

type Part = keyof TracedUpdate['refs'];

/**
 * @param signature of a part of the update
 * @throws {DistilleryError} for a variable that does not exist, or another shape or element type than the variable's
 */
export function checkUpdate(
  update: Update,
  variables: Record<string, TensorSpec>,
  signature: (part: Part) => Signature,
): void {
  const spec = variables[update.variable];
  const what = `The update ${update.kind} of "${update.variable}"`;
  if (!spec) throw new DistilleryError(`${what}: the program has no such variable.`);
  const expect = (part: Part, shape: readonly number[], dtype: number): void => {
    const given = signature(part);
    if (given.dtype !== dtype || given.shape.join() !== shape.join()) {
      throw new DistilleryError(`${what} takes ${describe({ shape, dtype })} as ${part}, got ${describe(given)}.`);
    }
  };
  const dtype = TF[spec.dtype];
  switch (update.kind) {
    case 'assign':
    case 'add':
      expect('value', spec.shape, dtype);
      return;
    case 'scatter': {
      const [count] = signature('indices').shape;
      expect('indices', [count ?? 0], TF.int32);
      expect('rows', [count ?? 0, ...spec.shape.slice(1)], dtype);
      return;
    }
    case 'adamW':
      for (const moment of [update.m, update.v]) {
        if (variables[moment]?.dtype !== 'float32' || variables[moment].shape.join() !== spec.shape.join()) {
          throw new DistilleryError(`${what}: "${moment}" is not a variable of its shape.`);
        }
      }
      expect('gradient', spec.shape, TF.float32);
      for (const part of ['decay', 'correctedRate', 'correctedEpsilon'] as const) {
        if (update[part]) expect(part, [], TF.float32);
      }
  }
}

const describe = ({ shape, dtype }: Signature): string =>
  `${Object.entries(TF).find(([, number]) => number === dtype)?.[0] ?? dtype} [${shape.join(', ')}]`;

/** @throws {DistilleryError} when two updates change one variable: their order would be open. */
export function checkOnce(updates: readonly Update[]): void {
  const changed = new Set<string>();
  for (const update of updates) {
    for (const variable of update.kind === 'adamW' ? [update.variable, update.m, update.v] : [update.variable]) {
      if (changed.has(variable)) throw new DistilleryError(`Two updates of one function change "${variable}".`);
      changed.add(variable);
    }
  }
}

/**
 * All updates wait until every value and output is computed: reads see the state from before, and a variable whose
 * readers are done is changed in place instead of copied.
 * @returns what to fetch so that they run; undefined without updates
 */
export function addUpdates(path: string, trace: Trace, scope: Scope): string | undefined {
  const { nodes } = scope;
  if (trace.updates.length === 0) return undefined;
  const used = [...trace.updates.flatMap(({ refs }) => Object.values(refs)), ...trace.outputs.values()];
  const waited = new Set(used.map((ref) => scope.name({ ...ref, output: 0 })));
  const barrier = nodes.add(
    `${path}/computed`,
    'NoOp',
    [...waited].map((node) => `^${node}`),
  );
  const writer = new UpdateWriter(scope, `^${barrier}`);
  const written = trace.updates.map((traced, index) => writer.add(`${path}/updates/${index}`, traced));
  return nodes.signal(`${path}/done`, written);
}

class UpdateWriter {
  private readonly scope: Scope;
  /** Control input of everything that changes a variable. */
  private readonly after: string;
  private readonly kept = new Map<string, string>();

  constructor(scope: Scope, after: string) {
    this.scope = scope;
    this.after = after;
  }

  add(name: string, { update, refs }: TracedUpdate): string {
    const { scope, after } = this;
    const { nodes } = scope;
    const resource = scope.resource(update.variable);
    const value = (part: Part): string => scope.name(refs[part]!);
    const typeOf = (part: Part): Attribute => ({ type: scope.signature(refs[part]!).dtype });
    switch (update.kind) {
      case 'assign': {
        const dtype = typeOf('value');
        // an input, or a view of one, may lie in the caller's own array, and the variable would follow that
        const owned = this.dependsOnInput(refs.value!)
          ? nodes.add(`${name}/copy`, 'DeepCopy', [value('value')], { T: dtype })
          : value('value');
        return nodes.add(name, 'AssignVariableOp', [resource, owned, after], { dtype });
      }
      case 'add':
        return nodes.add(name, 'AssignAddVariableOp', [resource, value('value'), after], { dtype: typeOf('value') });
      case 'scatter':
        return nodes.add(name, 'ResourceScatterUpdate', [resource, value('indices'), value('rows'), after], {
          dtype: typeOf('rows'),
          Tindices: { type: TF.int32 },
        });
      case 'adamW':
        return this.addAdamW(name, update, value);
    }
  }

  private addAdamW(name: string, update: Extract<Update, { kind: 'adamW' }>, value: (part: Part) => string): string {
    const { nodes, resource: resourceOf } = this.scope;
    const T: Attribute = { type: TF.float32 };
    const resource = resourceOf(update.variable);
    let ready = this.after;
    if (update.decay) {
      // p (1 - decay) in one pass; the product becomes the variable
      const before = nodes.add(`${name}/before`, 'ReadVariableOp', [resource, this.after], { dtype: T });
      const decayed = nodes.add(`${name}/decayed`, 'Mul', [before, this.keptShare(value('decay'))], { T });
      ready = `^${nodes.add(`${name}/decay`, 'AssignVariableOp', [resource, decayed], { dtype: T })}`;
    }
    const zero = nodes.constant(`${name}/power`, float32(0)); // bias corrections are in the rate and epsilon that are fed
    const rates = [
      value('correctedRate'),
      nodes.constant(`${name}/beta1`, float32(update.beta1)),
      nodes.constant(`${name}/beta2`, float32(update.beta2)),
      value('correctedEpsilon'),
    ];
    const moments = [resourceOf(update.m), resourceOf(update.v)];
    return nodes.add(
      name,
      'ResourceApplyAdam',
      [resource, ...moments, zero, zero, ...rates, value('gradient'), ready],
      { T },
    );
  }

  /** 1 - decay, once for all variables with this decay. */
  private keptShare(decay: string): string {
    const existing = this.kept.get(decay);
    if (existing !== undefined) return existing;
    const path = `${decay.replace(':', '_')}/kept`;
    const one = this.scope.nodes.constant(`${path}/one`, float32(1));
    const share = this.scope.nodes.add(path, 'Sub', [one, decay], { T: { type: TF.float32 } });
    this.kept.set(decay, share);
    return share;
  }

  private dependsOnInput(ref: Ref): boolean {
    const seen = new Set<number>();
    const waiting = [ref];
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      if (seen.has(next.node)) continue;
      seen.add(next.node);
      const { op, inputs } = this.scope.source(next);
      if (op === 'input') return true;
      waiting.push(...inputs);
    }
    return false;
  }
}

/**
 * @file Operations that the graph holds in another form than tfjs asks for, faster or more exact. Each rewrite writes one operation under
 * its name, or returns false when it does not apply; what it gains was measured on a step of ViT-B/32, batch 16, two cores.
 */

import { float32, type Nodes } from './nodes.ts';
import { shapeProto, type Attribute } from './proto.ts';
import { TF, type Operation, type Ref, type Signature } from './record.ts';

/** The function that is written, as a rewrite sees it. */
export interface Scope {
  nodes: Nodes;
  bf16: boolean;
  gpu: boolean;
  /** Variables that some function changes row by row: TensorFlow copies them whenever they are read. */
  scattered: ReadonlySet<string>;
  /** Variables that are kept in bfloat16. */
  rounded: ReadonlySet<string>;
  /** bfloat16 values that exist already, by the name of what they round. */
  casts: Map<string, string>;
  resource: (variable: string) => string;
  name: (ref: Ref) => string;
  source: (ref: Ref) => Operation;
  signature: (ref: Ref) => Signature;
}

type Rewrite = (scope: Scope, name: string, operation: Operation) => boolean;

const T = (dtype: number): Record<string, Attribute> => ({ T: { type: dtype } });

/** Where a product in bfloat16 lies before it is cast to float32. */
const inBf16 = (name: string): string => `${name}/bf16`;

/**
 * Matrix products: MatMul for two matrices, which TensorFlow fuses with what follows; in bfloat16 programs operands are
 * rounded, the sum is float32, and the result is rounded and cast back.
 */
const product: Rewrite = (scope, name, operation) => {
  if (operation.op !== 'BatchMatMulV2') return false;
  const { dtype } = operation.outputs[0]!;
  const flag = (key: string): Attribute => ({ b: operation.attributes[key]?.value === true });
  const flat = operation.inputs.every((ref) => scope.signature(ref).shape.length === 2);
  const op = flat ? 'MatMul' : 'BatchMatMulV2';
  const transposed = flat
    ? { transpose_a: flag('adj_x'), transpose_b: flag('adj_y') }
    : { adj_x: flag('adj_x'), adj_y: flag('adj_y') };
  if (!isRounded(scope, operation)) {
    scope.nodes.add(name, op, operation.inputs.map(scope.name), { ...transposed, ...T(dtype) });
    return true;
  }
  const operands = operation.inputs.map((ref) => round(scope, ref));
  const result = scope.nodes.add(inBf16(name), op, operands, { ...transposed, ...T(TF.bfloat16) });
  scope.nodes.cast(name, result, TF.bfloat16, TF.float32);
  return true;
};

const isRounded = ({ bf16 }: Scope, { op, outputs }: Operation): boolean =>
  bf16 && op === 'BatchMatMulV2' && outputs[0]!.dtype === TF.float32;

/** The bfloat16 value of a tensor; each is rounded once. */
function round(scope: Scope, ref: Ref): string {
  const name = scope.name(ref);
  const { op, name: variable } = scope.source(ref);
  if (op === 'variable' && scope.rounded.has(variable!)) return name;
  const existing = scope.casts.get(name);
  if (existing !== undefined) return existing;
  const cast = scope.nodes.cast(`${name.replace(':', '_')}/rounded`, name, TF.float32, TF.bfloat16);
  scope.casts.set(name, cast);
  return cast;
}

/** A bias after a bfloat16 product is added inside the product, as PyTorch's autocast does: 5% of an encoder's time. */
const bias: Rewrite = (scope, name, { op, inputs: [left, right] }) => {
  if (op !== 'Add' || !isRounded(scope, scope.source(left!))) return false;
  const [matrix, vector] = [scope.signature(left!).shape, scope.signature(right!).shape];
  if (matrix.length !== 2 || vector.length !== 1 || vector[0] !== matrix[1]) return false;
  const operands = [inBf16(scope.name(left!)), round(scope, right!)];
  const sum = scope.nodes.add(inBf16(name), 'BiasAdd', operands, T(TF.bfloat16));
  scope.nodes.cast(name, sum, TF.bfloat16, TF.float32);
  return true;
};

/** Rows are taken out of a scattered variable itself, so that it need not be read. */
const rowGather: Rewrite = (scope, name, { op, inputs, attributes, outputs }) => {
  if (op !== 'GatherV2') return false;
  const [from, indices, axis] = inputs as [Ref, Ref, Ref];
  const variable = scope.source(from);
  if (variable.op !== 'variable' || !scope.scattered.has(variable.name!)) return false;
  if (scope.source(axis).value?.[0] !== 0 || attributes['batch_dims']?.value !== 0) return false;
  scope.nodes.add(name, 'ResourceGather', [scope.resource(variable.name!), scope.name(indices)], {
    dtype: { type: outputs[0]!.dtype },
    Tindices: { type: TF.int32 },
  });
  return true;
};

/** The sum of all squares, for the gradient norm, in one pass: 3% of a step. */
const sumOfSquares: Rewrite = (scope, name, { op, inputs: [from], outputs: [sum] }) => {
  if (op !== 'Sum' || sum!.dtype !== TF.float32 || sum!.shape.length > 0) return false;
  const square = scope.source(from!);
  if (square.op !== 'Square') return false;
  const half = scope.nodes.add(`${name}/half`, 'L2Loss', [scope.name(square.inputs[0]!)], T(TF.float32));
  const two = scope.nodes.constant(`${name}/two`, float32(2));
  scope.nodes.add(name, 'Mul', [half, two], T(TF.float32));
  return true;
};

/**
 * Sums over all axes but the last, as gradients of biases are, on CPUs: TensorFlow's general sum is four times slower
 * there (2% of a step). On GPUs the order of BiasAddGrad's additions is open.
 */
const columnSums: Rewrite = (scope, name, { op, inputs: [from, axes], outputs: [sum] }) => {
  if (op !== 'Sum' || scope.gpu || sum!.dtype !== TF.float32 || sum!.shape.length !== 1) return false;
  const rank = scope.signature(from!).shape.length;
  const summed = Array.from(scope.source(axes!).value ?? [], Number).sort((a, b) => a - b);
  if (rank < 2 || summed.join() !== Array.from({ length: rank - 1 }, (_, axis) => axis).join()) return false;
  scope.nodes.add(name, 'BiasAddGrad', [scope.name(from!)], T(TF.float32));
  return true;
};

/**
 * Divisions by constants stay divisions. TensorFlow would multiply by the reciprocal, which changes the last bit of half of
 * all normalised pixels; it keeps its hands off a constant that could be fed.
 */
const division: Rewrite = (scope, name, { op, inputs: [left, right] }) => {
  if (op !== 'RealDiv' || scope.source(right!).op !== 'constant') return false;
  const { shape, dtype } = scope.signature(right!);
  const divisor = scope.nodes.add(`${name}/divisor`, 'PlaceholderWithDefault', [scope.name(right!)], {
    dtype: { type: dtype },
    shape: { shape: shapeProto(shape) },
  });
  scope.nodes.add(name, 'RealDiv', [scope.name(left!), divisor], T(dtype));
  return true;
};

export const rewrites: readonly Rewrite[] = [product, bias, rowGather, sumOfSquares, columnSums, division];

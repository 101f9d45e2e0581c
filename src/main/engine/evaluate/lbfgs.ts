/** @file Limited-memory BFGS (Nocedal & Wright, Numerical Optimization, algorithm 7.4) with a weak-Wolfe bisection line search. */

/** Writes the gradient at `x` into `gradient` and returns the value. */
export type Objective = (x: Float64Array, gradient: Float64Array) => number;

export interface LbfgsOptions {
  maxIterations: number;
  /** Stops when no entry of the gradient is larger. */
  tolerance: number;
  /** Called before each iteration; may throw to stop. */
  onIteration?: (iteration: number) => Promise<void>;
}

export interface Minimum {
  x: Float64Array;
  value: number;
  iterations: number;
  /** The gradient is within the tolerance, or the next step would gain nothing. */
  converged: boolean;
}

/** Pairs of steps and gradient changes that stand for the Hessian. */
const memory = 10;
/** A step must bring this share of the promised decrease, and leave at most that share of the slope. */
const decrease = 1e-4;
const curvature = 0.9;
/** Relative decrease that counts as none: about the noise that float32 products leave in a mean loss. */
const noProgress = 1e-8;

/** Minimises a smooth convex function from `start`. */
export async function minimise(objective: Objective, start: Float64Array, options: LbfgsOptions): Promise<Minimum> {
  let x: Float64Array = start.slice();
  let gradient: Float64Array = new Float64Array(x.length);
  let value = objective(x, gradient);
  const pairs: Pair[] = [];
  const negligible = (gain: number): boolean => gain <= noProgress * Math.max(1e-3, Math.abs(value));
  for (let iteration = 0; iteration < options.maxIterations; iteration++) {
    if (largest(gradient) <= options.tolerance) return { x, value, iterations: iteration, converged: true };
    await options.onIteration?.(iteration);
    const direction = descent(gradient, pairs);
    // half the slope is what a Newton step promises to gain
    if (negligible(-dot(gradient, direction) / 2)) return { x, value, iterations: iteration, converged: true };
    // without curvature pairs the scale is unknown: a first step of length 1
    const firstStep = pairs.length === 0 ? 1 / Math.sqrt(dot(gradient, gradient)) : 1;
    const next = lineSearch(objective, x, value, gradient, direction, firstStep);
    if (next === undefined) return { x, value, iterations: iteration, converged: false };
    const step = next.x.map((xi, i) => xi - x[i]!);
    const change = next.gradient.map((gi, i) => gi - gradient[i]!);
    const product = dot(step, change);
    if (product > 0) pairs.push({ step, change, product });
    if (pairs.length > memory) pairs.shift();
    ({ x, value, gradient } = next);
  }
  return { x, value, iterations: options.maxIterations, converged: largest(gradient) <= options.tolerance };
}

interface Pair {
  step: Float64Array;
  change: Float64Array;
  /** step . change */
  product: number;
}

/** -H g by the two-loop recursion. */
function descent(gradient: Float64Array, pairs: readonly Pair[]): Float64Array {
  const q = gradient.map((value) => -value);
  const alphas = new Float64Array(pairs.length);
  for (let i = pairs.length - 1; i >= 0; i--) {
    const { step, change, product } = pairs[i]!;
    alphas[i] = dot(step, q) / product;
    addScaled(q, change, -alphas[i]!);
  }
  const last = pairs.at(-1);
  if (last) {
    const scale = last.product / dot(last.change, last.change);
    for (let i = 0; i < q.length; i++) q[i]! *= scale;
  }
  for (const [i, { step, change, product }] of pairs.entries()) {
    addScaled(q, step, alphas[i]! - dot(change, q) / product);
  }
  return q;
}

interface Point {
  x: Float64Array;
  value: number;
  gradient: Float64Array;
}

/** A point that meets the weak Wolfe conditions (Lewis & Overton 2013), or undefined when none is found. */
function lineSearch(
  objective: Objective,
  x: Float64Array,
  value: number,
  gradient: Float64Array,
  direction: Float64Array,
  firstStep: number,
): Point | undefined {
  const slope = dot(gradient, direction);
  // near the minimum noise alone could look like a rise
  const noise = noProgress * Math.max(1e-3, Math.abs(value));
  let [low, high, t] = [0, Infinity, firstStep];
  for (let trial = 0; trial < 30; trial++) {
    const point = { x: x.map((xi, i) => xi + t * direction[i]!), value: 0, gradient: new Float64Array(x.length) };
    point.value = objective(point.x, point.gradient);
    if (!(point.value <= value + decrease * t * slope + noise)) high = t;
    else if (dot(point.gradient, direction) < curvature * slope) low = t;
    else return point;
    t = high < Infinity ? (low + high) / 2 : 2 * low;
  }
  return undefined;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function addScaled(target: Float64Array, other: Float64Array, scale: number): void {
  for (let i = 0; i < target.length; i++) target[i]! += scale * other[i]!;
}

function largest(values: Float64Array): number {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value));
  return most;
}

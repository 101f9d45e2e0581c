/**
 * @file The heart of the runtime: functions written in plain tfjs become one TensorFlow session.
 *
 *     trace.ts    records the operations of each function, without numbers      (shapes.ts)
 *     graph.ts    writes the records as a graph with shared variables           (proto.ts)
 *     here        loads the graph and runs it; the variables live in the session
 */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DistilleryError, messageOf } from '../errors.ts';
import { tf } from './backend.ts';
import { buildGraph, type Graph } from './graph.ts';
import { TF, sizeOf } from './record.ts';
import { trace } from './trace.ts';
import type { InputArray, InputSpec, Program, ProgramSpec, TypedArray } from './types.ts';

interface Binding {
  createTensor: (shape: readonly number[], dtype: number, values: InputArray) => number;
  deleteTensor: (id: number) => void;
  tensorDataSync: (id: number) => TypedArray;
  loadSavedModel: (dir: string, tags: string) => number;
  deleteSavedModel: (id: number) => void;
  runSavedModel: (model: number, inputs: number[], inputNames: string, outputNames: string) => { id: number }[];
}

/** A value for a placeholder of the graph, of the right size. */
interface Feed {
  node: string;
  spec: InputSpec;
  values: InputArray;
}

const arrays = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array };

/** Variables are set in several runs, each with at most so many bytes (or one variable). */
const maxFedBytes = 1 << 28;

/** @throws {DistilleryError} when a function uses an operation that the compiler does not know, or reads numbers. */
export function compile(spec: ProgramSpec): Program {
  const traces = new Map(Object.entries(spec.functions).map(([name, traced]) => [name, trace(traced, spec.variables)]));
  return new Session(spec, buildGraph(spec, traces));
}

class Session implements Program {
  private readonly spec: ProgramSpec;
  private readonly graph: Graph;
  private readonly binding = (tf.backend() as unknown as { binding: Binding }).binding;
  private readonly model: number;
  private state: 'new' | 'ready' | 'disposed' = 'new';

  constructor(spec: ProgramSpec, graph: Graph) {
    this.spec = spec;
    this.graph = graph;
    this.model = this.load(graph.bytes);
  }

  initialise(values: Record<string, TypedArray>): void {
    this.assign(values, true);
    this.state = 'ready';
  }

  write(values: Record<string, TypedArray>): void {
    this.assign(values, false);
  }

  run(name: string, inputs: Record<string, InputArray>): Record<string, TypedArray> {
    const names = this.graph.functions.get(name);
    const traced = this.spec.functions[name];
    if (!names || !traced) throw new DistilleryError(`The program has no function "${name}".`);
    const feeds = [...names.inputs].map(([input, node]) =>
      checkedFeed(node, traced.inputs[input]!, inputs[input], `Input "${input}" of ${name}`),
    );
    const outputs = [...names.outputs.entries()];
    const fetches = outputs.map(([, fetch]) => fetch);
    const results = this.runReady(name, feeds, names.done === undefined ? fetches : [...fetches, names.done]);
    return Object.fromEntries(outputs.map(([output], index) => [output, results[index]!]));
  }

  read(names: readonly string[] = Object.keys(this.spec.variables)): Record<string, TypedArray> {
    if (names.length === 0) return {};
    const fetches = names.map((name) => this.variable(name).read);
    const results = this.runReady('Reading variables', [], fetches);
    return Object.fromEntries(names.map((name, index) => [name, results[index]!]));
  }

  dispose(): void {
    if (this.state === 'disposed') return;
    this.state = 'disposed';
    this.binding.deleteSavedModel(this.model);
  }

  private runReady(what: string, feeds: Feed[], fetches: string[]): TypedArray[] {
    if (this.state === 'new' && this.graph.variables.size > 0) {
      throw new DistilleryError('The program was not initialised.');
    }
    try {
      return this.execute(feeds, fetches);
    } catch (error) {
      throw new DistilleryError(`${what} failed: ${messageOf(error)}`, { cause: error });
    }
  }

  private assign(values: Record<string, TypedArray>, zeroOthers: boolean): void {
    const given = Object.entries(values).map(([name, array]) => {
      const { value, assigned } = this.variable(name);
      return { feed: checkedFeed(value, this.spec.variables[name]!, array, `Variable "${name}"`), fetch: assigned };
    });
    const others = zeroOthers ? [...this.graph.variables].filter(([name]) => !(name in values)) : [];
    this.execute(
      [],
      others.map(([, names]) => names.zeroed),
    );
    for (const part of inParts(given)) {
      this.execute(
        part.map(({ feed }) => feed),
        part.map(({ fetch }) => fetch),
      );
    }
  }

  private variable(name: string) {
    const names = this.graph.variables.get(name);
    if (!names) throw new DistilleryError(`The program has no variable "${name}".`);
    return names;
  }

  private load(bytes: Uint8Array): number {
    const dir = mkdtempSync(path.join(tmpdir(), 'distillery-graph-'));
    try {
      writeFileSync(path.join(dir, 'saved_model.pb'), bytes);
      return this.binding.loadSavedModel(dir, 'serve');
    } catch (error) {
      throw new DistilleryError(`TensorFlow refused the compiled graph: ${messageOf(error)}`, { cause: error });
    } finally {
      rmSync(dir, { recursive: true });
    }
  }

  private execute(feeds: readonly Feed[], fetches: string[]): TypedArray[] {
    if (this.state === 'disposed') throw new DistilleryError('The program is disposed.');
    if (fetches.length === 0) return [];
    const fed: number[] = [];
    try {
      for (const { spec, values } of feeds) fed.push(this.binding.createTensor(spec.shape, TF[spec.dtype], values));
      const names = feeds.map(({ node }) => `${node}:0`).join(',');
      const results = this.binding.runSavedModel(
        this.model,
        fed,
        names,
        fetches.map((fetch) => `${fetch}:0`).join(','),
      );
      try {
        return results.map(({ id }) => this.binding.tensorDataSync(id));
      } finally {
        for (const { id } of results) this.binding.deleteTensor(id);
      }
    } finally {
      for (const id of fed) this.binding.deleteTensor(id);
    }
  }
}

/** @throws {DistilleryError} for another element type or length than the graph takes; `what` names it. */
function checkedFeed(node: string, spec: InputSpec, values: InputArray | undefined, what: string): Feed {
  if (!(values instanceof arrays[spec.dtype]) || values.length !== sizeOf(spec.shape)) {
    const given = values === undefined ? 'nothing' : `${values.constructor.name} of ${values.length}`;
    throw new DistilleryError(`${what} takes ${spec.dtype} [${spec.shape.join(', ')}], got ${given}.`);
  }
  return { node, spec, values };
}

/** Cuts a list of feeds so that a run holds few copies of what it feeds. */
function inParts<T extends { feed: Feed }>(feeds: readonly T[]): T[][] {
  const parts: T[][] = [];
  let bytes = Infinity;
  for (const entry of feeds) {
    bytes += entry.feed.values.byteLength;
    if (bytes > maxFedBytes) {
      parts.push([]);
      bytes = entry.feed.values.byteLength;
    }
    parts.at(-1)!.push(entry);
  }
  return parts;
}

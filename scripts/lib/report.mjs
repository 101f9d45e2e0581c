/** @file What the set-up shows: one line a step with its size and time, and at the end what went wrong. */

import { sizeText } from './disk.mjs';

const nameWidth = 16;
const noteWidth = 44;

/**
 * Runs steps side by side and keeps their failures for the end.
 * A step gives { note, bytes?, changed }; one whose `after` failed is left out.
 */
export class Report {
  #steps = [];
  #failures = [];
  #running = new Set();
  #ticker = setInterval(() => this.#say(`  still at it: ${[...this.#running].join(', ')}`), 20_000);

  /**
   * @param {string} name
   * @param {(log: (line: string) => void) => Promise<{ note: string, bytes?: number, changed: boolean }>} work
   * @param {Promise<unknown>[]} after
   * @returns {Promise<any>} rejects with the step, without the process dying of it
   */
  step(name, work, after = []) {
    const promise = this.#run(name, work, after);
    promise.catch(() => undefined); // finish() tells
    this.#steps.push(promise);
    return promise;
  }

  /** Waits for every step. @throws {Error} with all that went wrong. */
  async finish() {
    await Promise.allSettled(this.#steps);
    clearInterval(this.#ticker);
    if (this.#failures.length > 0) throw new Error(`The set-up did not finish.\n${this.#failures.join('\n')}`);
  }

  async #run(name, work, after) {
    await Promise.all(after);
    const start = Date.now();
    this.#running.add(name);
    try {
      const result = await work((line) => this.#say(`  ${name}: ${line}`));
      const size = result.bytes === undefined ? '' : sizeText(result.bytes);
      const time = result.changed ? `${((Date.now() - start) / 1000).toFixed(1)} s` : 'ready';
      const note = `${name.padEnd(nameWidth)} ${result.note.padEnd(noteWidth)}`;
      this.#say(`  ${note} ${size.padStart(7)} ${time.padStart(8)}`);
      return result;
    } catch (error) {
      if (!(error instanceof Left)) this.#fail(name, error);
      throw new Left();
    } finally {
      this.#running.delete(name);
    }
  }

  #fail(name, error) {
    const full = error.code === 'ENOSPC' || /ENOSPC|No space left/.test(error.message);
    const message = full ? `The disk is full (${error.message}).\nFree some space, then try again.` : error.message;
    this.#failures.push(`${name}: ${message}`);
    this.#say(`  ${name.padEnd(nameWidth)} failed`);
  }

  #say(line) {
    console.log(line.trimEnd());
  }
}

/** A step that failed or was left out; its reason has been kept already. */
class Left extends Error {}

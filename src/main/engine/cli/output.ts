/** @file What the command line says: a bar for people, NDJSON for programs. Results go to stdout, the rest to stderr. */

import { SingleBar } from 'cli-progress';
import { printable } from '../printable.ts';
import type { Progress } from '../progress.ts';

export interface Output {
  onProgress: (progress: Progress) => void;
  log: (line: string) => void;
  /** Ends the bar, if there is one. */
  pause: () => void;
  /** The one result of a command: as JSON, or as lines for people. */
  result: (value: object, lines: string[]) => void;
  error: (message: string) => void;
}

/** Programs get at most ten progress lines a second, and always the last one of a stage. */
const jsonIntervalMs = 100;
/** Without a terminal a line now and then is enough. */
const plainIntervalMs = 10_000;

export function jsonOutput(): Output {
  const write = (value: object): void => {
    process.stderr.write(JSON.stringify(value) + '\n');
  };
  const due = throttle(jsonIntervalMs);
  return {
    onProgress: (progress) => {
      if (due(progress)) write(progress);
    },
    log: (line) => {
      write({ log: line });
    },
    pause: () => undefined,
    result: (value) => {
      process.stdout.write(JSON.stringify(value) + '\n');
    },
    error: (message) => {
      write({ error: message });
    },
  };
}

export function humanOutput(): Output {
  const show = process.stderr.isTTY ? terminalBar() : plainLines();
  const say = (line: string): void => {
    show.pause();
    process.stderr.write(printableLines(line) + '\n');
  };
  return {
    onProgress: show.onProgress,
    pause: show.pause,
    log: say,
    result: (_, lines) => {
      show.pause();
      process.stdout.write(printableLines(lines.join('\n')) + '\n');
    },
    error: (message) => {
      say(`error: ${message}`);
    },
  };
}

/** Messages have line breaks of their own. */
const printableLines = (text: string): string => text.split(/\r?\n/).map(printable).join('\n');

/** True for a new stage, for its end, and otherwise once per interval. */
function throttle(intervalMs: number): (progress: Progress) => boolean {
  let stage = '';
  let last = -Infinity;
  return (progress) => {
    const now = performance.now();
    const due = progress.stage !== stage || progress.done === progress.total || now - last >= intervalMs;
    if (due) {
      stage = progress.stage;
      last = now;
    }
    return due;
  };
}

/** Units a second and seconds left, from when the stage (or its continuation) began. */
function pace(): (progress: Progress) => { rate: number; left: number } {
  let stage = '';
  let startedAt = 0;
  let startedWith = 0;
  return ({ stage: name, done, total }) => {
    if (name !== stage || done < startedWith) {
      stage = name;
      startedAt = performance.now();
      startedWith = done;
    }
    const seconds = (performance.now() - startedAt) / 1000;
    const rate = seconds > 0 ? (done - startedWith) / seconds : 0;
    return { rate, left: rate > 0 && total > 0 ? (total - done) / rate : NaN };
  };
}

function describe(progress: Progress, { rate, left }: { rate: number; left: number }): string {
  const loss = progress.metrics?.['loss/overall'];
  // nothing is known about the pace at the first report
  const parts = rate > 0 ? [`${rate < 10 ? rate.toFixed(1) : Math.round(rate)} ${progress.unit}/s`] : [];
  if (Number.isFinite(left)) parts.push(`${clock(left)} left`);
  if (loss !== undefined) parts.push(`loss ${loss.toFixed(3)}`);
  return parts.join(', ');
}

function clock(seconds: number): string {
  const whole = Math.ceil(seconds);
  const minutes = Math.floor(whole / 60);
  return minutes >= 60
    ? `${Math.floor(minutes / 60)} h ${minutes % 60} min`
    : minutes > 0
      ? `${minutes} min ${whole % 60} s`
      : `${whole} s`;
}

function terminalBar(): Pick<Output, 'onProgress' | 'pause'> {
  let bar: SingleBar | undefined;
  let stage = '';
  const pacing = pace();
  const pause = (): void => {
    bar?.stop();
    bar = undefined;
    stage = '';
  };
  return {
    pause,
    onProgress: (progress) => {
      const text = describe(progress, pacing(progress));
      if (progress.stage !== stage) {
        pause();
        const name = progress.stage.padEnd(14);
        bar = new SingleBar({
          format: `${name} {bar} {value}/{total} {text}`,
          barsize: 24,
          hideCursor: true,
          linewrap: false,
        });
        bar.start(progress.total, progress.done, { text });
        stage = progress.stage;
      }
      bar?.setTotal(progress.total);
      bar?.update(progress.done, { text });
    },
  };
}

function plainLines(): Pick<Output, 'onProgress' | 'pause'> {
  const due = throttle(plainIntervalMs);
  const pacing = pace();
  return {
    pause: () => undefined,
    onProgress: (progress) => {
      const text = describe(progress, pacing(progress));
      if (!due(progress)) return;
      const of = progress.total > 0 ? `/${progress.total}` : '';
      process.stderr.write(`${progress.stage}: ${progress.done}${of} ${progress.unit}${text && `, ${text}`}\n`);
    },
  };
}

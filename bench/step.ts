/**
 * @file One training step (both towers, contrastive loss, gradients, AdamW) against open_clip with PyTorch: the same
 * weights, batch, precision and learning rate, the two programs taking turns step by step.
 * Run: npm run bench -- step [--models ViT-B-32,tiny-64] [--precisions fp32,bf16] [--batch 16] [--steps 6]
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { builtinConfig, type ClipConfig } from '../src/main/engine/clip/config.ts';
import { loadModel, saveModel } from '../src/main/engine/clip/model.ts';
import { initialWeights } from '../src/main/engine/clip/weights.ts';
import { distillOptions } from '../src/main/engine/distill/options.ts';
import { Trainer } from '../src/main/engine/distill/trainer.ts';
import { DistilleryError } from '../src/main/engine/errors.ts';
import { usesGpu } from '../src/main/engine/runtime/backend.ts';
import { randomStream } from '../src/main/engine/random.ts';
import { readNpy, writeNpy } from '../src/main/engine/store/npy.ts';
import { inTemporaryFolder, machine, peakMiB, peersPython } from './lib/compare.ts';

const LR = 1e-4;
/** First steps are not counted: memory is claimed, kernels are chosen. */
const WARM_UP = 2;

const answer = z.object({ ms: z.number(), loss: z.number(), peakMiB: z.number() });
type Step = z.infer<typeof answer>;

/** A program that takes one step for each line that it reads, and answers with a line of JSON. */
class Stepper {
  readonly name: string;
  readonly steps: Step[] = [];
  private readonly child;
  private readonly lines: AsyncIterator<string, undefined>;
  private complaints = '';

  constructor(name: string, program: string, args: string[]) {
    this.name = name;
    this.child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.child.stderr.on('data', (text: Buffer) => (this.complaints += text.toString()));
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]() as typeof this.lines;
  }

  async step(): Promise<void> {
    this.child.stdin.write('\n');
    const line = await this.lines.next();
    if (line.done) throw new DistilleryError(`${this.name} ended before its step.\n${this.complaints}`);
    this.steps.push(answer.parse(JSON.parse(line.value)));
  }

  async end(): Promise<void> {
    this.child.stdin.end();
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'exit');
  }

  /** Of the counted steps, in milliseconds. */
  times(): { min: number; median: number } {
    const sorted = this.steps
      .slice(WARM_UP)
      .map(({ ms }) => ms)
      .sort((a, b) => a - b);
    return { min: sorted[0]!, median: sorted[sorted.length >> 1]! };
  }
}

async function compare(name: string, precision: string, batch: number, count: number): Promise<void> {
  const python = peersPython('step');
  await inTemporaryFolder(async (dir) => {
    const config = builtinConfig(name);
    await saveModel(path.join(dir, 'model'), config, initialWeights(config, 1));
    await writeBatch(dir, config, batch);
    const peer = path.join(import.meta.dirname, 'step_peer.py');
    const ours = new Stepper('distillery', process.execPath, [import.meta.filename, '--serve', dir, precision]);
    const theirs = new Stepper('open_clip, PyTorch', python, [peer, dir, precision, String(LR), 'default']);
    const fused = new Stepper('open_clip, fused AdamW', python, [peer, dir, precision, String(LR), 'fused']);
    const all = [ours, theirs, fused];
    // on a processor it needs a compiler of C++ and gains little
    if (usesGpu()) all.push(new Stepper('open_clip, compiled', python, [peer, dir, precision, String(LR), 'compiled']));
    try {
      for (let step = 0; step < WARM_UP + count; step++) {
        for (const stepper of all) {
          await stepper.step();
          await pause(100); // threads that wait in a loop go to sleep
        }
      }
    } finally {
      for (const stepper of all) await stepper.end();
    }
    report(`${name}, ${precision}, batch ${batch}`, all);
  });
}

function report(title: string, [ours, ...peers]: Stepper[]): void {
  const own = ours!.times();
  console.log(`\n${title}`);
  for (const stepper of [ours!, ...peers]) {
    const { min, median } = stepper.times();
    const ratio =
      stepper === ours ? '' : `  ${(min / own.min).toFixed(2)} times ours (median ${(median / own.median).toFixed(2)})`;
    const peak = stepper.steps.at(-1)!.peakMiB;
    console.log(
      `  ${stepper.name.padEnd(24)} ${min.toFixed(0).padStart(6)} ms/step, median ${median.toFixed(0).padStart(6)}, ${String(peak).padStart(6)} MiB${ratio}`,
    );
  }
  const losses = (stepper: Stepper) =>
    stepper.steps
      .slice(0, 4)
      .map(({ loss }) => loss.toFixed(5))
      .join(' ');
  for (const stepper of [ours!, ...peers]) console.log(`  losses of ${stepper.name}: ${losses(stepper)}`);
}

/** pixels.npy, bytes `[n, h, w, 3]`, and tokens.npy `[n, t]`: noise, and captions of 5 to 20 words. */
async function writeBatch(dir: string, { vision, text }: ClipConfig, batch: number): Promise<void> {
  const noise = randomStream(1);
  const uniform = randomStream(2);
  const side = vision.imageSize;
  const pixels = Uint8Array.from({ length: batch * side * side * 3 }, () => 256 * noise());
  await writeNpy(path.join(dir, 'pixels.npy'), pixels, [batch, side, side, 3]);
  const tokens = new Int32Array(batch * text.contextLength);
  for (let row = 0; row < batch; row++) {
    const words = 5 + Math.floor(uniform() * 16);
    const caption = [49406, ...Array.from({ length: words }, () => 300 + Math.floor(uniform() * 49000)), 49407];
    tokens.set(caption, row * text.contextLength);
  }
  await writeNpy(path.join(dir, 'tokens.npy'), tokens, [batch, text.contextLength]);
}

/** Our side: the training step of the distillation with its base loss alone, which is CLIP's. */
async function serve(dir: string, precision: 'fp32' | 'bf16'): Promise<void> {
  const { config } = await loadModel(path.join(dir, 'model'));
  const pixels = await readNpy(path.join(dir, 'pixels.npy'));
  const tokens = await readNpy(path.join(dir, 'tokens.npy'));
  const [batch, contextLength] = tokens.shape as [number, number];
  const losses = { base: true, cluster: false, instance: false };
  const options = distillOptions({ ...losses, batch, precision, lr: LR, warmup: 0, schedule: 'constant' });
  const sizes = { teacherDim: config.embedDim, classes: 0, scored: 0, tokens: contextLength };
  const trainer = new Trainer(config, options, sizes, 1);
  trainer.initialise(await startValues(dir)); // not kept here: the session has them now
  let step = 0;
  for await (const _ of createInterface({ input: process.stdin })) {
    const started = performance.now();
    const input = { step: ++step, pixels: pixels.data as Uint8Array, tokens: tokens.data as Int32Array };
    const loss = trainer.step(input).metrics['loss/base'];
    const ms = performance.now() - started;
    console.log(JSON.stringify({ ms, loss, peakMiB: peakMiB() }));
  }
  trainer.dispose();
}

async function startValues(dir: string): Promise<Record<string, Float32Array>> {
  const { weights } = await loadModel(path.join(dir, 'model'));
  return Object.fromEntries([...weights].map(([name, { data }]) => [name, data]));
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    models: { type: 'string', default: 'ViT-B-32,tiny-64' },
    precisions: { type: 'string', default: 'fp32,bf16' },
    batch: { type: 'string', default: '16' },
    steps: { type: 'string', default: '6' },
    // used by the benchmark itself: our side of it
    serve: { type: 'string' },
  },
});
if (values.serve !== undefined) {
  await serve(values.serve, positionals[0] === 'bf16' ? 'bf16' : 'fp32');
} else {
  console.log(machine());
  for (const name of values.models.split(',')) {
    for (const precision of values.precisions.split(',')) {
      await compare(name, precision, Number(values.batch), Number(values.steps));
    }
  }
}

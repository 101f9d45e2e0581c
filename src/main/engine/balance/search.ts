/** @file The search of a balance: chunk by chunk into a stored pass, and the beta that removes a given share. */

import { defined } from '../defined.ts';
import { DistilleryError } from '../errors.ts';
import { checkpoint, type StageContext } from '../progress.ts';
import type { ChunkedRows } from '../store/chunkedRows.ts';
import { searchApproximately } from './approximate.ts';
import { betaThatRemoves } from './graph.ts';
import type { Plan } from './options.ts';
import { Pass } from './pass.ts';
import type { Prefix } from './prefixes.ts';
import { betasToTry, sampledNearest } from './removeFraction.ts';
import { searchMissing } from './searchChunks.ts';

export interface Search {
  rows: ChunkedRows;
  /** Folder of the embeddings. */
  embeddings: string;
  devices?: readonly string[] | undefined;
  plan: Plan;
  /** Of the passes. */
  folder: string;
  /** Of the embeddings, the last one all of them. */
  prefixes: readonly Prefix[];
  context: StageContext;
}

/** A complete pass that answers beta: a stored one, one over the first images that is extended, or a new one. */
export async function searchWithin(search: Search, beta: number): Promise<Pass> {
  const { folder, prefixes, plan } = search;
  const { whole, earlier } = await Pass.list(folder, prefixes);
  const stored = whole.find((pass) => pass.answers(plan.topK, beta));
  if (stored) return stored;
  const base = earlier.find((pass) => pass.answers(plan.topK, beta));
  return complete(search, base?.manifest.beta ?? beta, base);
}

/** Searches what a pass lacks; with a base, what the images behind it add. */
async function complete(search: Search, beta: number, base?: Pass): Promise<Pass> {
  const { rows, embeddings, devices, plan, folder, prefixes, context } = search;
  const { images, fingerprint } = prefixes.at(-1)!;
  const { topK, chunkRows } = plan;
  const first = base && { key: base.key, images: base.manifest.images };
  if (first) context.log(`${images - first.images} of ${images} images are new: only they are compared, with all.`);
  const pass = await Pass.begin(folder, {
    ...{ version: 1, fingerprint, images, chunkRows, topK, beta },
    ...defined({ base: first }),
  });
  if (plan.approximate) await searchApproximately(pass, rows, folder, context);
  else await searchMissing(pass, { rows, embeddings: [embeddings], devices }, context);
  return pass.adoptBase();
}

/** The smallest beta that removes at least a fraction of the images. */
export async function findBeta(search: Search, fraction: number): Promise<number> {
  const { rows, plan, folder, prefixes, context } = search;
  const target = Math.ceil(fraction * rows.count);
  const usable = (pass: Pass) => pass.answers(plan.topK, pass.manifest.beta);
  const { whole, earlier } = await Pass.list(folder, prefixes);
  for (const pass of whole.filter(usable)) {
    const beta = await betaThatRemoves(pass, target);
    if (beta !== undefined) return beta;
  }
  for (const base of earlier.filter(usable)) {
    // what removed the share of the first images likely does of all
    if ((await betaThatRemoves(base, Math.ceil(fraction * base.manifest.images))) === undefined) continue;
    const beta = await betaThatRemoves(await complete(search, base.manifest.beta, base), target);
    if (beta !== undefined) return beta;
    break;
  }
  const nearest = await sampledNearest(rows, () => checkpoint(context));
  for (const tried of betasToTry(nearest, fraction)) {
    context.log(`Looking for the beta that removes ${target} of ${rows.count} images: searching within ${tried}.`);
    const beta = await betaThatRemoves(await searchWithin(search, tried), target);
    if (beta !== undefined) return beta;
  }
  throw new DistilleryError(
    `No beta removes ${target} of ${rows.count} images with --top-k ${plan.topK}. Ask for less, or use --top-k all.`,
  );
}

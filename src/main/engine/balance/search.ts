/** @file The search of a balance: chunk by chunk into a stored pass, and the beta that removes a given share. */

import { DistilleryError } from '../errors.ts';
import { checkpoint, type StageContext } from '../progress.ts';
import type { ChunkedRows } from '../store/chunkedRows.ts';
import { makeCollector } from './collectors.ts';
import { betaThatRemoves } from './graph.ts';
import { NeighbourSearch } from './neighbours.ts';
import type { Plan } from './options.ts';
import { Pass } from './pass.ts';
import { betasToTry, sampledNearest } from './removeFraction.ts';

export interface Search {
  rows: ChunkedRows;
  plan: Plan;
  folder: string;
  fingerprint: string;
  context: StageContext;
}

/** A complete pass that answers beta: a stored one, or a new one whose missing chunks are searched now. */
export async function searchWithin({ rows, plan, folder, fingerprint, context }: Search, beta: number): Promise<Pass> {
  const { topK, chunkRows } = plan;
  const stored = (await Pass.list(folder, fingerprint)).find((pass) => pass.answers(topK, beta));
  if (stored) return stored;
  const images = rows.count;
  const pass = await Pass.begin(folder, { version: 1, fingerprint, images, chunkRows, topK, beta });
  const missing = new Set(pass.missing);
  if (missing.size === 0) return pass;
  const search = await NeighbourSearch.create(rows, beta);
  const total = (images * (images + 1)) / 2;
  let done = total;
  for (const chunk of missing) done -= search.workOf(chunk);
  try {
    for (const chunk of missing) {
      const collector = makeCollector(images, topK);
      await search.searchChunk(chunk, collector.add.bind(collector), async (compared) => {
        done += compared;
        const progress = { stage: 'compare images', done: Math.round((images * done) / total), total: images };
        context.onProgress({ ...progress, unit: 'images' });
        await checkpoint(context);
      });
      await pass.save(chunk, collector);
    }
  } finally {
    search.dispose();
  }
  return pass;
}

/** The smallest beta that removes at least a fraction of the images. */
export async function findBeta(search: Search, fraction: number): Promise<number> {
  const { rows, plan, folder, fingerprint, context } = search;
  const target = Math.ceil(fraction * rows.count);
  const stored = (await Pass.list(folder, fingerprint)).filter((pass) => pass.answers(plan.topK, pass.manifest.beta));
  for (const pass of stored) {
    if (pass.manifest.topK !== plan.topK) continue;
    const beta = await betaThatRemoves(pass, target);
    if (beta !== undefined) return beta;
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

/** @file A worker of a balance: searches chunks of a pass on its device and writes their files. */

import { z } from 'zod';
import { serve } from '../devices/serve.ts';
import { DistilleryError } from '../errors.ts';
import { imageRows, rowsAfterRows } from '../store/chunkedRows.ts';
import { openEmbeddings } from '../store/embeddings.ts';
import { NeighbourSearch } from './neighbours.ts';
import { Pass } from './pass.ts';
import { rowsToSearch, searchChunk } from './searchChunks.ts';

const setupSchema = z.object({
  /** Folders of the embeddings; of a second set, rows come behind the first one's. */
  embeddings: z.array(z.string()).min(1).max(2),
  /** Folder of the pass. */
  pass: z.string(),
});
export type ChunkWorkerSetup = z.infer<typeof setupSchema>;

serve(setupSchema, async ({ embeddings, pass: dir }) => {
  const pass = await Pass.open(dir);
  const [first, second] = await Promise.all(embeddings.map(openEmbeddings));
  if (!pass || !first || (embeddings.length === 2 && !second)) {
    throw new DistilleryError(`${dir} or its embeddings are no longer there. Run the same command again.`);
  }
  const source = second ? rowsAfterRows(imageRows(first), imageRows(second)) : imageRows(first);
  const rows = rowsToSearch(source, pass.manifest.chunkRows);
  const search = await NeighbourSearch.create(rows, pass.manifest.beta, { border: pass.border });
  return (chunk, onProgress) => searchChunk(search, pass, chunk, onProgress);
});

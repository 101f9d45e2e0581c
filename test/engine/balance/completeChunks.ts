import { readdirSync } from 'node:fs';

/** Chunks of a search whose result is complete. */
export function completeChunks(workspace: string): number {
  const files = readdirSync(workspace, { recursive: true }) as string[];
  return files.filter((file) => /chunk-\d+\.json$/.test(file)).length;
}

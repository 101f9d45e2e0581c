/** @file Which files of a repository make a model that can be read here. */

import { configFile, transformersFiles, type Layout } from '../../clip/model.ts';
import { DistilleryError } from '../../errors.ts';
import type { HubFile } from './client.ts';

const weightsOf: Record<Layout, readonly string[]> = {
  open_clip: [
    'open_clip_model.safetensors',
    'open_clip_pytorch_model.safetensors',
    'open_clip_pytorch_model.bin',
    'open_clip_model.bin',
  ],
  transformers: ['model.safetensors', 'pytorch_model.bin'],
};
const configLimit = 1 << 20;
/** No CLIP comes near it: ViT-bigG-14 has 10 GB. */
const weightsLimit = 200e9;

export interface Choice {
  layout: Layout;
  /** Configurations first, the weights last. */
  files: HubFile[];
  weights: HubFile;
}

/** @throws {DistilleryError} saying what was found instead */
export function chooseFiles(files: readonly HubFile[], repo: string): Choice {
  const byName = new Map(files.map((file) => [file.name, file]));
  const choice =
    choose('open_clip', [configFile], byName) ??
    choose('transformers', [transformersFiles.config, transformersFiles.preprocessor], byName);
  if (!choice) throw new DistilleryError(nothingFound(files, repo));
  for (const file of choice.files) {
    const limit = file === choice.weights ? weightsLimit : configLimit;
    if (file.bytes === 0 || file.bytes > limit) {
      throw new DistilleryError(`${repo}: ${file.name} has ${file.bytes} bytes; from 1 to ${limit} are taken.`);
    }
  }
  return choice;
}

/** @param configs the first is needed, the others are taken where they are there */
function choose(layout: Layout, configs: readonly string[], byName: ReadonlyMap<string, HubFile>): Choice | undefined {
  const weights = weightsOf[layout].map((name) => byName.get(name)).find((file) => file !== undefined);
  if (!weights || !byName.has(configs[0]!)) return undefined;
  const beside = configs.flatMap((name) => byName.get(name) ?? []);
  return { layout, files: [...beside, weights], weights };
}

function nothingFound(files: readonly HubFile[], repo: string): string {
  const names = files.map(({ name }) => name);
  if (names.some((name) => /\.index\.json$/.test(name))) {
    return `${repo} has its weights in several files, which are not read here. Join them with open_clip or transformers, save them as one, and add that folder.`;
  }
  const shown = names.slice(0, 12).join(', ') || 'no files';
  return `${repo} is no model that can be read here: expected open_clip_config.json with ${weightsOf.open_clip[0]!}, or config.json with ${weightsOf.transformers[0]!}; found ${shown}.`;
}

/** @file Addresses of pictures: `image://WORKSPACE/SAMPLE?size=PIXELS`, and `image://preview/TOKEN/PAIR` before an import. */

/** Pixels of the longer side; few, so that few files are made. */
const pictureSizes = [128, 256, 512, 1024, 2048];

export interface PictureRequest {
  workspace: string;
  sample: number;
  size: number;
}

/** The request of an address; undefined for anything that is not exactly a workspace, a sample and a known size. */
export function parsePictureUrl(url: string): PictureRequest | undefined {
  const match = /^image:\/\/([0-9a-f]{16})\/([1-9][0-9]{0,14})\?size=([0-9]{2,4})$/.exec(url);
  if (!match) return undefined;
  const [, workspace = '', sample, size] = match;
  return pictureSizes.includes(Number(size)) ? { workspace, sample: Number(sample), size: Number(size) } : undefined;
}

/** A picture of a look at a source: the token is given out with that look, and there is no place for a path. */
export interface PreviewRequest {
  token: string;
  pair: number;
}

/** A picture that an evaluation kept of data that is no dataset. */
export interface EvaluationPictureRequest {
  workspace: string;
  evaluation: number;
  picture: number;
}

/** `image://WORKSPACE/evaluation/ID/NUMBER`; undefined for anything else. */
export function parseEvaluationUrl(url: string): EvaluationPictureRequest | undefined {
  const match = /^image:\/\/([0-9a-f]{16})\/evaluation\/([1-9][0-9]{0,14})\/(0|[1-9][0-9]{0,4})$/.exec(url);
  if (!match) return undefined;
  const [, workspace = '', evaluation, picture] = match;
  return { workspace, evaluation: Number(evaluation), picture: Number(picture) };
}

export function parsePreviewUrl(url: string): PreviewRequest | undefined {
  const match = /^image:\/\/preview\/([0-9a-f]{32})\/([0-9]{1,3})$/.exec(url);
  return match ? { token: match[1] ?? '', pair: Number(match[2]) } : undefined;
}

/** @file What the set-up fetches beside the packages of package-lock.json: exact versions, checked by hash. */

/** MIT; holds the merges of the tokenizer and the names and prompts of ImageNet zero-shot. */
export const openClip = {
  name: 'open_clip_torch',
  version: '3.3.0',
  sha256: 'c549ad5ed6bfc119cc11105033c0a2b9d7a2a4afeb40a58a09aab3da1a0043ce',
};

/** libtensorflow for the CPU. */
export const tensorflowCpu = {
  name: 'tensorflow-cpu',
  version: '2.21.0',
  sha256: '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c',
};

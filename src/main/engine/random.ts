/** @file Stateless seeding: every random choice follows from (seed, where it is made), so a resumed run repeats it. */

/** One 32-bit hash of several integers (murmur3 finaliser over a running mix). */
export function hashSeed(...parts: number[]): number {
  let h = 0x9e3779b9;
  for (const part of parts) {
    h = Math.imul(h ^ (part | 0), 0x85ebca6b);
    h ^= h >>> 13;
    h = Math.imul(h, 0xc2b2ae35);
    h ^= h >>> 16;
  }
  return h >>> 0;
}

/** Uniform numbers in [0, 1) (mulberry32). */
export function randomStream(...seed: number[]): () => number {
  let state = hashSeed(...seed);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Standard normal numbers (Box-Muller). */
export function normalStream(...seed: number[]): () => number {
  const uniform = randomStream(...seed);
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** A permutation of 0..n-1 (Fisher-Yates). */
export function permutation(n: number, ...seed: number[]): Uint32Array {
  const random = randomStream(...seed);
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const held = order[i]!;
    order[i] = order[j]!;
    order[j] = held;
  }
  return order;
}

/** @file The built-in configurations, in open_clip's own form. */

const text = (width: number, heads: number, layers: number, context_length = 77) => ({
  context_length,
  vocab_size: 49408,
  width,
  heads,
  layers,
});

/** Published shapes of ViT CLIP models (Radford et al. 2021; Cherti et al. 2022 for H, g and bigG). */
const published: Readonly<Record<string, object>> = {
  'ViT-B-32': {
    embed_dim: 512,
    vision_cfg: { image_size: 224, layers: 12, width: 768, patch_size: 32 },
    text_cfg: text(512, 8, 12),
  },
  'ViT-B-16': {
    embed_dim: 512,
    vision_cfg: { image_size: 224, layers: 12, width: 768, patch_size: 16 },
    text_cfg: text(512, 8, 12),
  },
  'ViT-L-14': {
    embed_dim: 768,
    vision_cfg: { image_size: 224, layers: 24, width: 1024, patch_size: 14 },
    text_cfg: text(768, 12, 12),
  },
  'ViT-H-14': {
    embed_dim: 1024,
    vision_cfg: { image_size: 224, layers: 32, width: 1280, head_width: 80, patch_size: 14 },
    text_cfg: text(1024, 16, 24),
  },
  'ViT-g-14': {
    embed_dim: 1024,
    vision_cfg: { image_size: 224, layers: 40, width: 1408, head_width: 88, mlp_ratio: 4.3637, patch_size: 14 },
    text_cfg: text(1024, 16, 24),
  },
  'ViT-bigG-14': {
    embed_dim: 1280,
    vision_cfg: { image_size: 224, layers: 48, width: 1664, head_width: 104, mlp_ratio: 4.9231, patch_size: 14 },
    text_cfg: text(1280, 20, 32),
  },
};

/** For CPUs: `tiny-64` as teacher of `tiny-64-small`; the `micro-32` pair for tests. Widths of the pairs differ on purpose. */
const small: Readonly<Record<string, object>> = {
  'tiny-64': {
    embed_dim: 256,
    vision_cfg: { image_size: 64, layers: 6, width: 192, head_width: 64, patch_size: 8 },
    text_cfg: text(192, 3, 4, 32),
  },
  'tiny-64-small': {
    embed_dim: 128,
    vision_cfg: { image_size: 64, layers: 4, width: 128, head_width: 64, patch_size: 8 },
    text_cfg: text(128, 2, 3, 32),
  },
  'micro-32': {
    embed_dim: 64,
    vision_cfg: { image_size: 32, layers: 2, width: 64, head_width: 32, patch_size: 8 },
    text_cfg: text(64, 2, 2, 16),
  },
  'micro-32-small': {
    embed_dim: 32,
    vision_cfg: { image_size: 32, layers: 2, width: 32, head_width: 16, patch_size: 8 },
    text_cfg: text(32, 2, 2, 16),
  },
};

export const presets: Readonly<Record<string, object>> = {
  ...published,
  ...Object.fromEntries(
    Object.entries(published).map(([name, preset]) => [`${name}-quickgelu`, { ...preset, quick_gelu: true }]),
  ),
  ...small,
};

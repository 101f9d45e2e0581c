/** @file Options of open_clip that the towers here do not have: refused by name, never ignored where they change a number. */

import { UsageError } from '../errors.ts';

type Options = Record<string, unknown>;

/** Options and the values of each that change nothing here. */
interface Coverage {
  /** Handled by config.ts. */
  covered: readonly string[];
  /** Accepted with these values only. */
  only: Readonly<Record<string, readonly unknown[]>>;
  /** Without effect on an embedding, or only together with an option that is refused. */
  ignored: readonly string[];
}

const off = [undefined, null, false];
const customBlock = {
  block_type: [undefined, null, 'default'],
  qk_norm: off,
  scaled_cosine_attn: off,
  scale_heads: off,
  scale_attn_inner: off,
  scale_attn: off,
  scale_fc: off,
  act_kwargs: [undefined, null],
  output_tokens: off,
};

const top: Coverage = {
  covered: ['embed_dim', 'quick_gelu', 'init_logit_scale', 'vision_cfg', 'text_cfg'],
  only: { init_logit_bias: [undefined, null], multimodal_cfg: [undefined, null] },
  // custom_text only renames the text tower's parameters, a non-scalar logit scale is the same number in a list
  ignored: ['custom_text', 'nonscalar_logit_scale', 'model_name'],
};
const vision: Coverage = {
  covered: [
    ...['image_size', 'patch_size', 'width', 'layers', 'head_width', 'mlp_ratio', 'ls_init_value', 'norm_kwargs'],
    ...['no_ln_pre', 'pool_type', 'final_ln_after_pool'],
  ],
  only: {
    ...customBlock,
    timm_model_name: [undefined, null],
    attentional_pool: off,
    pos_embed_type: [undefined, 'learnable'],
  },
  // patch_dropout acts in open_clip's own training only
  ignored: [
    ...['patch_dropout', 'attn_pooler_queries', 'attn_pooler_heads', 'timm_model_pretrained', 'timm_pool', 'timm_proj'],
    ...['timm_proj_bias', 'timm_drop', 'timm_drop_path'],
  ],
};
const text: Coverage = {
  covered: [
    ...['context_length', 'vocab_size', 'width', 'heads', 'layers', 'mlp_ratio', 'ls_init_value', 'norm_kwargs'],
    ...['no_causal_mask', 'pool_type', 'eos_id', 'proj_type', 'proj_bias'],
  ],
  only: {
    ...customBlock,
    hf_model_name: [undefined, null],
    hf_tokenizer_name: [undefined, null],
    tokenizer_kwargs: [undefined, null],
    tokenizer_mode: [undefined, null],
    embed_cls: off,
  },
  // pad_id acts together with embed_cls, and open_clip does not read final_ln_after_pool of a text tower
  ignored: ['pad_id', 'final_ln_after_pool', 'hf_model_pretrained', 'hf_proj_type', 'hf_pooler_type'],
};

const reasons: Readonly<Record<string, string>> = {
  timm_model_name: 'image towers of timm are not covered',
  hf_model_name: 'text towers of transformers are not covered',
  hf_tokenizer_name: 'only the CLIP byte-pair tokenizer is covered',
  tokenizer_kwargs: 'only the default cleaning of captions is covered',
  init_logit_bias: 'SigLIP models are not covered',
  multimodal_cfg: 'CoCa models are not covered',
  embed_cls: 'CoCa models are not covered',
};

/** @throws {UsageError} for the first option that this program cannot honour. */
export function refuseUncovered(model: Options, name: string): void {
  check(model, top, name);
  for (const [part, coverage] of [['vision_cfg', vision] as const, ['text_cfg', text] as const]) {
    const options = model[part];
    if (typeof options !== 'object' || options === null) {
      throw new UsageError(`${name} has no ${part}; is it a configuration of open_clip?`);
    }
    if (Array.isArray((options as Options)['layers'])) {
      throw new UsageError(`${name}: ${part}.layers is a list, so this is a ResNet; only ViT towers are covered.`);
    }
    check(options as Options, coverage, `${name}: ${part}`);
  }
}

function check(options: Options, coverage: Coverage, where: string): void {
  for (const [option, value] of Object.entries(options)) {
    if (coverage.covered.includes(option) || coverage.ignored.includes(option)) continue;
    if (coverage.only[option]?.includes(value) === true) continue;
    const reason = reasons[option] ?? (option in coverage.only ? 'this option is not covered' : 'unknown option');
    throw new UsageError(`${where}: ${option} = ${JSON.stringify(value)} cannot be used: ${reason}.`);
  }
}

/** @file The byte-pair tokenizer in the files of the transformers and tokenizers libraries. */

import { endToken, readVocabulary, startToken } from '../clip/tokenizer.ts';

const start = '<|startoftext|>';
const end = '<|endoftext|>';
/** Of the words between which no merge reaches; the library applies it to text in lower case. */
const words = String.raw`<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+`;

/** Contents by file name. @throws {DistilleryError} when the set-up did not put the merges in place */
export async function tokenizerFiles(contextLength: number): Promise<Record<string, string>> {
  const { tokens, merges } = await readVocabulary();
  const vocabulary: Record<string, number> = {};
  for (const [id, token] of [...tokens, start, end].entries()) vocabulary[token] = id;
  const special = (id: number, content: string, normalized: boolean) => ({
    ...{ id, content, normalized, special: true, single_word: false, lstrip: false, rstrip: false },
  });
  const tokenizer = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [special(startToken, start, true), special(endToken, end, false)],
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'NFC' },
        { type: 'Replace', pattern: { Regex: String.raw`\s+` }, content: ' ' },
        { type: 'Lowercase' },
      ],
    },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: words }, behavior: 'Removed', invert: true },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
      ],
    },
    post_processor: {
      ...{ type: 'RobertaProcessing', sep: [end, endToken], cls: [start, startToken] },
      ...{ trim_offsets: false, add_prefix_space: false },
    },
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      ...{ type: 'BPE', dropout: null, unk_token: end, continuing_subword_prefix: '', end_of_word_suffix: '</w>' },
      ...{ fuse_unk: false, byte_fallback: false, vocab: vocabulary, merges },
    },
  };
  const specials = { bos_token: start, eos_token: end, unk_token: end, pad_token: end };
  return {
    'tokenizer.json': JSON.stringify(tokenizer),
    'vocab.json': JSON.stringify(vocabulary),
    'merges.txt': ['#version: 0.2', ...merges.map((pair) => pair.join(' '))].join('\n'),
    'special_tokens_map.json': JSON.stringify(specials, null, 2),
    'tokenizer_config.json': JSON.stringify(
      { tokenizer_class: 'CLIPTokenizer', model_max_length: contextLength, ...specials, do_lower_case: true },
      null,
      2,
    ),
  };
}

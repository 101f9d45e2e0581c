/** @file Reads names and prompts out of open_clip's Python source without running it. */

/**
 * @param {string} source text of zero_shot_metadata.py: tuples of strings and of `lambda c: f'... {c} ...'`
 * @returns {{ classNames: string[], templates: string[], simpleTemplates: string[] }} `{}` stands for the class name
 * @throws {Error} when a tuple is missing or holds anything else
 */
export function parseZeroShotMetadata(source) {
  return {
    classNames: parseTuple(source, 'IMAGENET_CLASSNAMES', /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/y, unquote),
    templates: parseTuple(source, 'OPENAI_IMAGENET_TEMPLATES', lambda, promptOf),
    simpleTemplates: parseTuple(source, 'SIMPLE_IMAGENET_TEMPLATES', lambda, promptOf),
  };
}

const lambda = /lambda c: f(?:"[^"\\\n]*"|'[^'\\\n]*')/y;

/** Items of `name = ( item, item, ... )`. */
function parseTuple(source, name, item, convert) {
  const start = new RegExp(`^${name} = \\(`, 'm').exec(source);
  if (!start) throw new Error(`${name} is not in the source.`);
  const items = [];
  for (let at = start.index + start[0].length; ;) {
    at = skip(source, at, /\s*/y);
    if (source[at] === ')') return items;
    const end = skip(source, at, item);
    if (end === at) throw new Error(`${name}: cannot read "${source.slice(at, at + 40)}".`);
    items.push(convert(source.slice(at, end)));
    at = skip(source, end, /\s*,?/y);
  }
}

/** Where a match at `at` ends; `at` itself without one. */
function skip(source, at, pattern) {
  pattern.lastIndex = at;
  const match = pattern.exec(source);
  return match ? at + match[0].length : at;
}

function unquote(text) {
  const body = text.slice(1, -1);
  const plain = body.replace(/\\(['"\\])/g, '$1');
  if (/\\[^'"\\]/.test(body)) throw new Error(`An escape in ${text} is not known.`);
  return plain;
}

function promptOf(text) {
  const body = text.slice(text.indexOf(': f') + 4, -1);
  const prompt = body.replaceAll('{c}', '{}');
  if (body.split('{c}').length !== 2 || /[{}]/.test(body.replace('{c}', ''))) {
    throw new Error(`The prompt "${body}" does not name the class once.`);
  }
  return prompt;
}

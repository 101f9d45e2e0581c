/** @file Names and prompts out of Python source. */

import { expect, test } from 'vitest';
import { parseZeroShotMetadata } from '../../../scripts/setup/zeroShotMetadata.mjs';

const source = (names: string, prompts = "lambda c: f'a photo of a {c}.',") => `
OPENAI_IMAGENET_TEMPLATES = (
    ${prompts}
    lambda c: f"the {c} in a video game."
)

# a smaller subset
SIMPLE_IMAGENET_TEMPLATES = (
    lambda c: f'itap of a {c}.',
)

IMAGENET_CLASSNAMES = (
${names}
)
`;

test('strings of both quotes, apostrophes, escapes and a trailing comma', () => {
  const names = `    "tench", "yellow lady's slipper",\n    'crane (bird)', 'jack-o\\'-lantern',`;
  expect(parseZeroShotMetadata(source(names))).toEqual({
    classNames: ['tench', "yellow lady's slipper", 'crane (bird)', "jack-o'-lantern"],
    templates: ['a photo of a {}.', 'the {} in a video game.'],
    simpleTemplates: ['itap of a {}.'],
  });
});

test.each([
  ['"tench", os.system("x"),', 'cannot read "os.system("x")'],
  ['"tench", "line \\x41",', 'escape'],
  ['"tench" "goldfish" + x', 'cannot read "+ x'],
])('anything but strings is refused: %s', (names, message) => {
  expect(() => parseZeroShotMetadata(source(names))).toThrow(message);
});

test.each(["lambda c: f'no class.',", "lambda c: f'{c} and {c}.',", "lambda c: f'{c!r} of {c}',"])(
  'a prompt must name the class once: %s',
  (prompt) => {
    expect(() => parseZeroShotMetadata(source('"tench"', prompt))).toThrow('does not name the class once');
  },
);

test('a tuple that is not there is named', () => {
  expect(() => parseZeroShotMetadata('x = 1')).toThrow('IMAGENET_CLASSNAMES is not in the source');
});

/** @file Markup that cannot be broken by what it shows: every value of a template is escaped unless it is markup itself. */

export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Value = string | number | Markup | readonly Markup[] | undefined | null | false;

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text that stands for itself in elements and in quoted attributes; control characters that HTML forbids become U+FFFD. */
export const escape = (text: string): string =>
  // eslint-disable-next-line no-control-regex -- these are the characters that must not pass
  text.replace(/[&<>"']/g, (char) => entities[char]!).replace(/[\0-\x08\x0B\x0C\x0E-\x1F\x7F]/g, '\uFFFD');

/** Template of markup. Values go into elements and quoted attributes only. */
export function html(parts: TemplateStringsArray, ...values: Value[]): Markup {
  let text = parts[0]!;
  for (const [i, value] of values.entries()) text += render(value) + parts[i + 1]!;
  return new Markup(text);
}

function render(value: Value): string {
  if (value === undefined || value === null || value === false) return '';
  if (value instanceof Markup) return value.text;
  if (typeof value === 'string' || typeof value === 'number') return escape(String(value));
  return value.map((item) => item.text).join('');
}

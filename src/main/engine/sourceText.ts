/** @file Where a dataset comes from, as one text: a line for each source as it was named (path, pattern or @list). */

/** The text that is stored; a repeated import must give the same one. */
export const joinSources = (sources: readonly string[]): string => sources.join('\n');

export const splitSources = (text: string): string[] => text.split('\n');

/** Sources as arguments of a command line. */
export const sourceArguments = (text: string): string => splitSources(text).map(quoted).join(' ');

/** In one line of a message. */
export function shownSources(text: string): string {
  const sources = splitSources(text);
  return sources.length <= 3 ? sources.join(', ') : `${sources.slice(0, 3).join(', ')} and ${sources.length - 3} more`;
}

const quoted = (word: string): string =>
  /^[\p{L}\p{N}@%+=:,./_-]+$/u.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;

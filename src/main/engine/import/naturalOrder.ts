/** @file Order of names as people count: img2 before img10. The same on every machine, so no locale. */

/**
 * Compares by code units, runs of digits by their value (then by their text).
 * A total order: names are equal only when they are the same string.
 */
export function naturalOrder(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  // the first difference may lie inside a number that began before it
  while (at > 0 && isDigit(a, at - 1)) at--;
  const x = digitsAt(a, at);
  const y = digitsAt(b, at);
  if (x !== '' && y !== '') {
    const byValue = x.length - y.length || compare(x, y);
    if (byValue !== 0) return byValue;
  }
  return compare(a, b);
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const isDigit = (text: string, at: number): boolean => {
  const code = text.charCodeAt(at);
  return code >= 48 && code <= 57;
};

/** The number that starts at `at`, without leading zeros ('0' for zero), or '' where none does. */
function digitsAt(text: string, at: number): string {
  let end = at;
  while (isDigit(text, end)) end++;
  let start = at;
  while (start < end - 1 && text[start] === '0') start++;
  return text.slice(start, end);
}

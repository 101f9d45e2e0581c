/** @file Search in the output of a job, without case. */

export const matchingLines = (lines: readonly string[], wanted: string): string[] =>
  lines.filter((line) => line.toLowerCase().includes(wanted.toLowerCase()));

/** A line in parts; every second one is a match. */
export function splitAtMatches(line: string, wanted: string): string[] {
  if (wanted === '') return [line];
  const low = line.toLowerCase();
  // letters such as İ change their length: then places in one are not places in the other
  if (low.length !== line.length) return [line];
  const parts: string[] = [];
  let from = 0;
  for (let at = low.indexOf(wanted.toLowerCase()); at !== -1; at = low.indexOf(wanted.toLowerCase(), from)) {
    parts.push(line.slice(from, at), line.slice(at, at + wanted.length));
    from = at + wanted.length;
  }
  return [...parts, line.slice(from)];
}

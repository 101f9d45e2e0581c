/** @file Lines of the tables that benches of the window print. */

const sorted = (numbers: readonly number[]): number[] => [...numbers].sort((a, b) => a - b);
/** @param share 0 to 1 */
export const quantile = (numbers: readonly number[], share: number): number =>
  sorted(numbers)[Math.min(numbers.length - 1, Math.floor(numbers.length * share))]!;

/** Median and worst. */
export const figures = (numbers: readonly number[], digits = 1): string =>
  `${quantile(numbers, 0.5).toFixed(digits)} (${Math.max(...numbers).toFixed(digits)})`;

export function row(what: string, ...columns: string[]): void {
  console.log(`  ${what.padEnd(52)} ${columns.map((column) => column.padStart(16)).join(' ')}`);
}

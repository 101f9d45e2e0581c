/** @file A selection over a list of any length, as places: ascending spans `[from, to)` that neither touch nor overlap. */

import type { Span } from '../../preload/contract.ts';

export type Spans = readonly Span[];

export const countOf = (spans: Spans): number => spans.reduce((sum, { from, to }) => sum + to - from, 0);

export const holds = (spans: Spans, at: number): boolean => spans.some(({ from, to }) => at >= from && at < to);

/** With the places of `added`. */
export function withSpan(spans: Spans, added: Span): Span[] {
  if (added.from >= added.to) return [...spans];
  const apart = ({ from, to }: Span): boolean => to < added.from || from > added.to;
  const met = spans.filter((span) => !apart(span));
  const merged = {
    from: Math.min(added.from, ...met.map(({ from }) => from)),
    to: Math.max(added.to, ...met.map(({ to }) => to)),
  };
  return [...spans.filter(apart), merged].sort((a, b) => a.from - b.from);
}

/** Without one place. */
const without = (spans: Spans, at: number): Span[] =>
  spans.flatMap((span) => {
    if (!holds([span], at)) return [span];
    return [
      { from: span.from, to: at },
      { from: at + 1, to: span.to },
    ].filter(({ from, to }) => from < to);
  });

export const toggled = (spans: Spans, at: number): Span[] =>
  holds(spans, at) ? without(spans, at) : withSpan(spans, { from: at, to: at + 1 });

/** From one place to another, whichever is first, both included. */
export const between = (a: number, b: number): Span => ({ from: Math.min(a, b), to: Math.max(a, b) + 1 });

/** @file vitest run test/app/browse: selections as spans, filters in words, a list longer than an element. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chipsOf, noFilter, wholeOf } from '../../src/renderer/state/browseFilter.ts';
import { between, countOf, holds, toggled, withSpan, type Spans } from '../../src/renderer/state/spans.ts';
import { Scroller } from '../../src/renderer/views/browse/useLongList.ts';

describe('a selection', () => {
  test('of spans holds what a set of places would', () => {
    const place = fc.integer({ min: 0, max: 30 });
    const steps = fc.array(fc.oneof(place, fc.tuple(place, place)), { maxLength: 25 });
    fc.assert(
      fc.property(steps, (all) => {
        let spans: Spans = [];
        const set = new Set<number>();
        for (const step of all) {
          if (typeof step === 'number') {
            spans = toggled(spans, step);
            if (!set.delete(step)) set.add(step);
          } else {
            spans = withSpan(spans, between(...step));
            for (let at = Math.min(...step); at <= Math.max(...step); at++) set.add(at);
          }
        }
        expect(Array.from({ length: 31 }, (_, at) => holds(spans, at))).toEqual(
          Array.from({ length: 31 }, (_, at) => set.has(at)),
        );
        expect(countOf(spans)).toBe(set.size);
        // as few spans as can be, in their order
        for (const [at, { from, to }] of spans.entries()) {
          expect(from).toBeLessThan(to);
          if (at > 0) expect(from).toBeGreaterThan(spans[at - 1]!.to);
        }
      }),
    );
  });
});

describe('a filter', () => {
  test('is told in words, each of which takes it away', () => {
    expect(chipsOf(noFilter)).toEqual([]);
    const filter = {
      ...noFilter,
      caption: ' red ',
      cluster: 1234,
      minSide: 100,
      maxBytes: 50_000,
      flag: 'dark' as const,
    };
    const chips = chipsOf(filter);
    expect(chips.map(({ text }) => text)).toEqual([
      'caption: red',
      'cluster 1,234',
      'dark',
      'shorter side 100 and more px',
      'file up to 50 kB',
    ]);
    const without = Object.assign({ ...filter }, ...chips.map((chip) => chip.without)) as typeof filter;
    expect(without).toEqual(noFilter);
  });

  test('takes whole numbers', () => {
    expect([' 12 ', '', '1,5', '-1', 'x', '1e99'].map((text) => wholeOf(text))).toEqual([
      12,
      null,
      2,
      ...[1, 2, 3].map(() => undefined),
    ]);
    expect(wholeOf('1,5', 1000)).toBe(1500);
  });
});

describe('a list that is longer than an element can be', () => {
  /** An element of 8,000,000 pixels in a view of 1,000. */
  function scrolled(rows: number) {
    const listeners: Record<string, (event: object) => void> = {};
    const element = {
      scrollTop: 0,
      scrollTo: ({ top }: { top: number }) => {
        // as the browser does: whole pixels
        element.scrollTop = Math.round(top);
        listeners['scroll']?.({});
      },
      addEventListener: (name: string, listener: (event: object) => void) => (listeners[name] = listener),
      removeEventListener: () => undefined,
    };
    let place = { top: 0, shift: 0 };
    const scroller = new Scroller((change) => (place = change(place)));
    scroller.attach(element as unknown as HTMLElement);
    const total = rows * 100;
    const height = Math.min(total, 8_000_000);
    const geometry = { rowPixels: 100, padding: 0, view: 1000, total, height };
    scroller.shape({ ...geometry, ratio: total > height ? (total - 1000) / (height - 1000) : 1 });
    const turn = (deltaY: number): void => {
      listeners['wheel']!({ deltaY, deltaMode: 0, preventDefault: () => undefined });
    };
    /** What a row's place in the view is, in pixels. */
    const inView = (row: number): number => row * 100 + place.shift - element.scrollTop;
    const drag = (to: number): void => {
      element.scrollTop = to;
      listeners['scroll']!({});
    };
    return { element, scroller, turn, inView, drag };
  }

  test('goes as far with the wheel as a short one, to the pixel', () => {
    const { turn, inView } = scrolled(1_000_000);
    turn(130);
    turn(-20);
    expect(inView(1)).toBe(-10);
    for (let i = 0; i < 1000; i++) turn(7);
    expect(inView(71)).toBe(-10);
  });

  test('ends where it ends, by key and by the scroll bar', () => {
    const { scroller, inView, drag } = scrolled(1_000_000);
    scroller.showRow(999_999);
    expect(inView(999_999)).toBe(900);
    scroller.showRow(0);
    expect(inView(0)).toBe(0);
    drag(8_000_000 - 1000);
    expect(inView(999_999)).toBeCloseTo(900);
    drag(4_000_000 - 500);
    expect(inView(500_000)).toBeCloseTo(500);
  });

  test('a short one is left to the browser', () => {
    const { element, scroller, inView } = scrolled(100);
    scroller.showRow(50);
    expect(element.scrollTop).toBe(51 * 100 - 1000);
    expect(inView(50)).toBe(900);
  });
});

/**
 * @file How far a line reaches up and down in each column of pixels. Where it has more points than there are columns, bars of these heights look as
 * the stroked line does, and cost a tenth of it where software draws.
 */

/**
 * Least and greatest y of a line in each column, `[columns, 2]`; NaN where the line is not.
 * @param points x, y, x, y ... in pixels, x ascending
 * @param left where the first column begins
 */
export function envelopeOf(points: Float32Array, left: number, columns: number): Float32Array {
  const envelope = new Float32Array(2 * columns).fill(NaN);
  for (let i = 0; i < points.length; i += 2) {
    const x = points[i]!;
    const y = points[i + 1]!;
    const column = Math.floor(x - left);
    widen(envelope, column, y);
    if (i === 0) continue;
    // where the line goes from column to column it belongs to both
    const fromX = points[i - 2]!;
    const fromY = points[i - 1]!;
    const last = Math.min(column, columns);
    for (let edge = Math.max(0, Math.floor(fromX - left) + 1); edge <= last; edge++) {
      const at = fromY + ((y - fromY) * (left + edge - fromX)) / (x - fromX);
      widen(envelope, edge - 1, at);
      widen(envelope, edge, at);
    }
  }
  return envelope;
}

function widen(envelope: Float32Array, column: number, y: number): void {
  if (column < 0 || 2 * column >= envelope.length) return;
  // a comparison with NaN is false
  if (!(envelope[2 * column]! <= y)) envelope[2 * column] = y;
  if (!(envelope[2 * column + 1]! >= y)) envelope[2 * column + 1] = y;
}

export interface BarStyle {
  /** Of the line. */
  width: number;
  /** Strokes and gaps along x, in pixels. */
  dash: readonly number[];
}

/** Draws the columns in the colour that the context fills with. */
export function fillEnvelope(
  context: Pick<CanvasRenderingContext2D, 'fillRect'>,
  envelope: Float32Array,
  left: number,
  { width, dash }: BarStyle,
): void {
  const shown = dashPattern(dash);
  for (let column = 0; column < envelope.length / 2; column++) {
    const top = envelope[2 * column]!;
    const bottom = envelope[2 * column + 1]!;
    if (!(top <= bottom) || !shown[column % shown.length]!) continue;
    context.fillRect(left + column + (1 - width) / 2, top - width / 2, width, bottom - top + width);
  }
}

/** Of each pixel of a period, whether there is a stroke. */
function dashPattern(dash: readonly number[]): boolean[] {
  if (dash.length === 0) return [true];
  return dash.flatMap((length, index) => Array.from({ length }, () => index % 2 === 0));
}

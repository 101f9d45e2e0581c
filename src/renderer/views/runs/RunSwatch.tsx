/** @file A bit of a line in a run's colour and strokes. */

export function RunSwatch({ color, dash }: { color: string; dash: readonly number[] }) {
  return (
    <svg className="run-swatch" width="20" height="4" aria-hidden="true">
      <line x1="0" x2="20" y1="2" y2="2" stroke={`var(${color})`} strokeWidth="2.5" strokeDasharray={dash.join(' ')} />
    </svg>
  );
}

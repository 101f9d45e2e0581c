/** @file A bar for work with a known or unknown end. */

import './progressBar.css';

/** @param fraction 0 to 1; undefined while the end is unknown */
export function ProgressBar({ label, fraction }: { label: string; fraction: number | undefined }) {
  const percent = fraction === undefined ? undefined : Math.round(fraction * 1000) / 10;
  return (
    <div
      className="progress-bar"
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
    >
      <div className={percent === undefined ? 'unknown' : ''} style={{ width: `${percent ?? 30}%` }} />
    </div>
  );
}

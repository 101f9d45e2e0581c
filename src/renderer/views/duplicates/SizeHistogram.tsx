/** @file How large the groups are; a bar sets the smallest size that the list shows. */

import '../../components/charts.css';
import type { BalanceFacts } from '../../../preload/contract.ts';
import { filterGroups, useDuplicates } from '../../state/duplicates.ts';
import { formatCount } from '../../state/format.ts';
import { attempt } from '../../state/session.ts';

export function SizeHistogram({ histogram }: { histogram: BalanceFacts['histogram'] }) {
  const minSize = useDuplicates((state) => state.minSize);
  const most = Math.max(1, ...histogram.map(({ groups }) => groups));
  return (
    <section className="chart" aria-label="Group sizes">
      <h2>
        Group sizes <span>groups, log scale</span>
      </h2>
      <div className="chart-body bars">
        {histogram.map(({ from, to, groups }) => (
          <button
            key={from}
            type="button"
            className="bar"
            aria-pressed={minSize === from}
            data-below={from < minSize || undefined}
            title={`List groups of ${formatCount(from)} and more`}
            onClick={() => {
              attempt(filterGroups(minSize === from ? 2 : from));
            }}
          >
            <span className="bar-number">
              {formatCount(groups)}
              <span className="visually-hidden"> groups of</span>
            </span>
            <span className="bar-fill" style={{ height: `${(Math.log1p(groups) / Math.log1p(most)) * 60}%` }} />
            <span className="bar-size">
              {sizes(from, to)}
              <span className="visually-hidden"> images: list these and larger ones</span>
            </span>
          </button>
        ))}
      </div>
    </section>
  );
}

const sizes = (from: number, to: number): string =>
  from === to ? formatCount(from) : `${formatCount(from)}–${formatCount(to)}`;

/** @file How many clusters have which size, before balance and after. */

import '../../components/charts.css';
import type { ClusterFacts } from '../../../preload/contract.ts';
import { formatCount } from '../../state/format.ts';

export function SizeBars({ histogram }: { histogram: ClusterFacts['histogram'] }) {
  const bins = withoutEnds(histogram ?? []);
  const most = Math.max(1, ...bins.flatMap(({ after, before }) => [after, before]));
  const height = (count: number): string => `${(Math.log1p(count) / Math.log1p(most)) * 84}%`;
  return (
    <section className="chart" aria-label="Clusters of each size">
      <h2>
        Clusters of each size <span>clusters, log scale</span>
      </h2>
      <ul className="chart-body size-bars">
        {bins.map(({ from, to, after, before }) => {
          const size = from === to ? formatCount(from) : `${formatCount(from)}–${formatCount(to)}`;
          return (
            <li
              key={from}
              title={`Clusters of ${size} images: ${formatCount(before)} before, ${formatCount(after)} after`}
            >
              <div className="size-pair" aria-hidden="true">
                <Bar name="size-before" count={before} height={height(before)} />
                <Bar name="size-after" count={after} height={height(after)} />
              </div>
              <span aria-hidden="true">{size}</span>
              <span className="visually-hidden">
                Clusters of {size} images: {formatCount(before)} before, {formatCount(after)} after
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function Bar({ name, count, height }: { name: string; count: number; height: string }) {
  return (
    <div className="size-column">
      <span>{formatCount(count)}</span>
      <div className={name} style={{ height }} />
    </div>
  );
}

/** Bins without a cluster tell nothing at the ends. */
function withoutEnds(bins: NonNullable<ClusterFacts['histogram']>): typeof bins {
  const filled = ({ after, before }: (typeof bins)[number]): boolean => after + before > 0;
  return bins.slice(Math.max(0, bins.findIndex(filled)), bins.findLastIndex(filled) + 1);
}

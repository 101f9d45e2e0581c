/** @file The section on clusters: their sizes before and after balancing. */

import { clusterChart, mostBins } from '../chart.ts';
import { integer, percent, plural } from '../format.ts';
import { html, type Markup } from '../html.ts';
import type { ReportClusters } from '../input.ts';
import { topTenthShare } from '../series.ts';

export function clusterSection(clusters: ReportClusters | undefined): Markup | undefined {
  if (!clusters || clusters.before.length === 0) return undefined;
  const { before, after, quality } = clusters;
  const binned =
    before.length > mostBins ? `; each mark is the mean of about ${integer(before.length / mostBins)} clusters` : '';
  const most = before.indexOf(before.reduce((a, b) => Math.max(a, b), 0));
  return html`<section>
    <h2>Cluster sizes before and after balancing</h2>
    <p>
      The same ${plural(before.length, 'cluster')}, counted over all pictures and over the kept ones. The largest went
      from ${integer(before[most]!)} to ${integer(after[most]!)}; the largest tenth of the clusters held
      ${percent(topTenthShare(before))} of all pictures and now holds ${percent(topTenthShare(after))}.
    </p>
    ${
      quality &&
      html`<p>
        Gini coefficient of the sizes: ${quality.gini.before.toFixed(3)} before, ${quality.gini.after.toFixed(3)} after.
        Mean similarity of a kept picture to the centre of its cluster: ${quality.similarity.mean.toFixed(3)}; nine
        clusters in ten have one from ${quality.similarity.from.toFixed(3)} to ${quality.similarity.to.toFixed(3)}.
        ${quality.empty > 0 && `${plural(quality.empty, 'cluster')} without a picture.`}
      </p>`
    }
    <p class="key">
      <span class="hollow" style="--mark:var(--before)">before</span
      ><span style="--mark:var(--student)">after</span> Pictures a cluster, logarithmic${binned}
    </p>
    <div class="scroll">${clusterChart(clusters)}</div>
  </section>`;
}

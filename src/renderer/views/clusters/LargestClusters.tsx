/** @file The largest clusters, each with the pictures nearest to its centre. */

import type { LargeCluster } from '../../../preload/contract.ts';
import { Thumbnail } from '../../components/Thumbnail.tsx';
import { formatCount, formatShare, formatValue } from '../../state/format.ts';

export function LargestClusters({ workspace, clusters }: { workspace: string; clusters: LargeCluster[] }) {
  const most = Math.max(1, ...clusters.map(({ sizeBefore }) => sizeBefore));
  return (
    <div className="largest" tabIndex={0} role="region" aria-label="Clusters by size">
      <table>
        <thead>
          <tr>
            <th scope="col">Nearest to the centre</th>
            <th scope="col">Images</th>
            <th scope="col">Removed by balance</th>
            <th scope="col" className="number">
              Mean similarity
            </th>
          </tr>
        </thead>
        <tbody>
          {clusters.map((cluster) => (
            <Row key={cluster.cluster} workspace={workspace} cluster={cluster} most={most} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ workspace, cluster, most }: { workspace: string; cluster: LargeCluster; most: number }) {
  const { size, sizeBefore, meanSimilarity, nearest } = cluster;
  const share = (count: number): string => `${(count / most) * 100}%`;
  return (
    <tr>
      <td>
        <div className="largest-pictures">
          {nearest.map((sample, at) => (
            <figure
              key={sample.sample}
              title={`${sample.path}\n${sample.caption}\nsimilarity ${formatValue(sample.similarity)}`}
            >
              <Thumbnail workspace={workspace} sample={sample} decorative={at === 0} />
            </figure>
          ))}
        </div>
        <p className="truncate muted">{nearest[0]?.caption}</p>
      </td>
      <td className="largest-size">
        <span>
          <strong>{formatCount(size)}</strong> of {formatCount(sizeBefore)}
        </span>
        <div className="largest-bar" aria-hidden="true">
          <div className="size-before" style={{ width: share(sizeBefore) }} />
          <div className="size-after" style={{ width: share(size) }} />
        </div>
      </td>
      <td>{formatShare(sizeBefore === 0 ? 0 : 1 - size / sizeBefore)}</td>
      <td className="number">{meanSimilarity.toFixed(3)}</td>
    </tr>
  );
}

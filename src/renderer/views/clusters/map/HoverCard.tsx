/** @file What lies under the pointer: the picture, its caption and where it belongs. */

import type { MapSample } from '../../../../preload/contract.ts';
import { Thumbnail } from '../../../components/Thumbnail.tsx';
import { formatCount } from '../../../state/format.ts';
import type { MapPoints } from '../../../state/mapPoints.ts';
import type { Screen } from '../../../state/mapView.ts';
import { useAnswer } from '../../../state/useAnswer.ts';

interface HoverCardProps {
  workspace: string;
  points: MapPoints;
  point: number;
  screen: Screen;
  x: number;
  y: number;
}

const gap = 14;

export function HoverCard({ workspace, points, point, screen, x, y }: HoverCardProps) {
  const sample = points.samples[point]!;
  const { value } = useAnswer('samples.some', { workspace, samples: [sample] });
  // on the side where there is more room
  const place = {
    ...(x < screen.width / 2 ? { left: x + gap } : { right: screen.width - x + gap }),
    ...(y < screen.height / 2 ? { top: y + gap } : { bottom: screen.height - y + gap }),
  };
  return (
    <div className="map-hover" style={place} data-sample={sample}>
      {value?.[0] && <Card workspace={workspace} sample={value[0]} cluster={points.cluster[point]!} points={points} />}
    </div>
  );
}

interface CardProps {
  workspace: string;
  sample: MapSample;
  cluster: number;
  points: MapPoints;
}

function Card({ workspace, sample, cluster, points }: CardProps) {
  const facts = [
    cluster >= 0 && `cluster ${formatCount(cluster)}`,
    points.balanced && (sample.kept ? 'kept' : 'removed'),
    sample.label,
  ].filter(Boolean);
  return (
    <>
      <figure>
        <Thumbnail key={sample.sample} workspace={workspace} sample={sample} decorative />
      </figure>
      <p>{sample.caption || sample.path}</p>
      {facts.length > 0 && <p className="muted">{facts.join(' · ')}</p>}
    </>
  );
}

/** @file Beside the map: what its colours mean, and what is selected. */

import { Button, IconButton } from '../../../components/Button.tsx';
import { Thumbnail } from '../../../components/Thumbnail.tsx';
import { formatCount } from '../../../state/format.ts';
import { browseSelected, selectPoints } from '../../../state/map.ts';
import { cssColour, type Colours } from '../../../state/mapColours.ts';
import type { MapPoints } from '../../../state/mapPoints.ts';
import { useAnswer } from '../../../state/useAnswer.ts';

const shownPictures = 12;

export function Legend({ colours }: { colours: Colours }) {
  const { legend, more, values } = colours;
  const select = (value: number): void => {
    const chosen: number[] = [];
    for (let i = 0; i < values.length; i++) if (values[i] === value) chosen.push(i);
    selectPoints(chosen);
  };
  return (
    <section className="map-legend" aria-label="Colours">
      <ul>
        {legend.map(({ name, colour, count, value }) => (
          <li key={value}>
            <button
              type="button"
              title={`Select ${name}`}
              onClick={() => {
                select(value);
              }}
            >
              <i style={{ background: cssColour(colour) }} />
              <span className="truncate">{name}</span>
              <span className="muted">{formatCount(count)}</span>
            </button>
          </li>
        ))}
      </ul>
      {more > 0 && <p className="muted">and {formatCount(more)} more</p>}
    </section>
  );
}

interface SelectionProps {
  workspace: string;
  dataset: number;
  points: MapPoints;
  selected: ReadonlySet<number> | null;
}

export function Selection({ workspace, dataset, points, selected }: SelectionProps) {
  const first = [...(selected ?? [])].slice(0, shownPictures).map((point) => points.samples[point]!);
  const { value } = useAnswer('samples.some', first.length > 0 ? { workspace, samples: first } : null);
  if (!selected) {
    return <p className="map-hint muted">Hold Shift and draw around points to select them, or choose a name above.</p>;
  }
  return (
    <section className="map-selection" aria-label="Selection" aria-live="polite">
      <header>
        <h3>{selected.size === 1 ? '1 picture' : `${formatCount(selected.size)} pictures`}</h3>
        <IconButton
          icon="close"
          label="Select none"
          onClick={() => {
            selectPoints(null);
          }}
        />
      </header>
      <div className="map-pictures">
        {value?.map((sample) => (
          <figure key={sample.sample} title={sample.caption || sample.path}>
            <Thumbnail workspace={workspace} sample={sample} size={128} />
          </figure>
        ))}
      </div>
      <Button
        icon="browse"
        onClick={() => {
          browseSelected(dataset);
        }}
      >
        Show in Browse
      </Button>
    </section>
  );
}

/** @file The map of a dataset's pictures: which one, its colours, and what to do where there is none yet. */

import './map.css';
import { useEffect, useMemo, useState } from 'react';
import type { Dataset, MapFacts } from '../../../../preload/contract.ts';
import { wordsOf } from '../../../../preload/jobTitle.ts';
import { Button } from '../../../components/Button.tsx';
import { Empty, Failure, Loading } from '../../../components/Panel.tsx';
import { Segments } from '../../../components/Segments.tsx';
import { Select } from '../../../components/Select.tsx';
import { formatCount } from '../../../state/format.ts';
import { showForm } from '../../../state/forms.ts';
import { chooseColouring, loadPoints, selectPoints, useMap } from '../../../state/map.ts';
import { coloursOf, colouringsOf, type Colouring } from '../../../state/mapColours.ts';
import type { MapPoints } from '../../../state/mapPoints.ts';
import { teachersOf } from '../../../state/jobForms.ts';
import { useAnswer } from '../../../state/useAnswer.ts';
import { useWorkspace } from '../../../state/workspace.ts';
import { FormButton } from '../../forms/FormButton.tsx';
import { Legend, Selection } from './MapSide.tsx';
import { MapCanvas } from './MapCanvas.tsx';
import type { PointLayer } from './pointLayer.ts';

const methodNames: Record<MapFacts['method'], string> = { pca: 'Principal components', umap: 'UMAP' };
const colouringNames: Record<Colouring, string> = { cluster: 'Cluster', fate: 'Kept or removed', label: 'Label' };

export function MapPanel({ workspace, dataset }: { workspace: string; dataset: Dataset }) {
  // a map that was made meanwhile is there
  const finished = useWorkspace(({ jobs }) =>
    jobs
      .filter(({ command, state }) => isMap(command) && state === 'done')
      .map(({ id }) => id)
      .join(),
  );
  const making = useWorkspace(({ jobs }) => jobs.some(({ command, state }) => isMap(command) && state === 'running'));
  const { value: maps, failure } = useAnswer('map.list', { workspace, dataset: dataset.id }, finished);
  const [choice, setChoice] = useState<string>();
  if (failure !== null) return <Failure title="The maps cannot be read" message={failure} />;
  if (!maps) return <Loading what="maps" />;
  const map = maps.find(({ id }) => id === choice) ?? maps[0];
  if (!map && teachersOf(dataset).length === 0) {
    return (
      <Empty title="Not embedded yet">
        <p>A map is made of the vectors of the pictures: embed them with a teacher first.</p>
        <FormButton form="embed" label="Embed…" />
      </Empty>
    );
  }
  if (!map) {
    return making ? (
      <Empty title="The map is being made">
        <p>It appears here once the job is done.</p>
      </Empty>
    ) : (
      <Empty title="No map yet">
        <p>
          A map puts pictures that are alike near each other: it shows what the dataset consists of, and what is rare in
          it.
        </p>
        <FormButton form="map" label="Make a map…" />
      </Empty>
    );
  }
  return <ShownMap workspace={workspace} dataset={dataset} maps={maps} map={map} onChoose={setChoice} />;
}

const isMap = (command: readonly string[]): boolean => wordsOf(command)[0] === 'map';

interface ShownMapProps {
  workspace: string;
  dataset: Dataset;
  maps: MapFacts[];
  map: MapFacts;
  onChoose: (id: string) => void;
}

function ShownMap({ workspace, dataset, maps, map, onChoose }: ShownMapProps) {
  const loaded = useMap((state) => state.loaded);
  const failure = useMap((state) => state.failure);
  // the colours follow balance, decisions and clusters
  const { balance, clustering, decisions } = dataset;
  const version = JSON.stringify([balance?.id, balance?.removed, decisions, clustering?.id]);
  useEffect(() => {
    void loadPoints(workspace, map.id, version);
  }, [workspace, map.id, version]);
  if (failure !== null && !loaded) return <Failure title="The map cannot be read" message={failure} />;
  if (!loaded) return <Loading what="map" />;
  return (
    <section className="map" aria-label="Map">
      <MapTools maps={maps} map={map} points={loaded.points} onChoose={onChoose} />
      <MapBody workspace={workspace} dataset={dataset.id} map={map} points={loaded.points} />
    </section>
  );
}

function MapTools({
  maps,
  map,
  points,
  onChoose,
}: Pick<ShownMapProps, 'maps' | 'map' | 'onChoose'> & { points: MapPoints }) {
  const possible = colouringsOf(points);
  const colouring = useColouring(points);
  const several = new Set(maps.map(({ teacher }) => teacher)).size > 1;
  return (
    <header className="map-tools">
      <Select
        label="Map"
        value={map.id}
        options={maps.map(({ id, method, teacher }) => ({
          value: id,
          label: several ? `${methodNames[method]}, ${teacher}` : methodNames[method],
        }))}
        onChange={onChoose}
      />
      <span className="muted">{aboutMap(map)}</span>
      {possible.length > 0 && (
        <Segments
          label="Colour by"
          value={colouring ?? possible[0]!}
          options={possible.map((value) => ({ value, label: colouringNames[value] }))}
          onChange={chooseColouring}
        />
      )}
      <Button
        icon="play"
        onClick={() => {
          showForm('map');
        }}
      >
        Make a map…
      </Button>
    </header>
  );
}

function MapBody({
  workspace,
  dataset,
  map,
  points,
}: {
  workspace: string;
  dataset: number;
  map: MapFacts;
  points: MapPoints;
}) {
  const selected = useMap((state) => state.selected);
  const colouring = useColouring(points);
  const colours = useMemo(() => coloursOf(points, colouring ?? 'fate'), [points, colouring]);
  const [kind, setKind] = useState<PointLayer['kind']>('webgl');
  useEscape(selected !== null);
  return (
    <div className="map-body">
      <MapCanvas
        workspace={workspace}
        points={points}
        colours={colours}
        selected={selected}
        title={`Map by ${methodNames[map.method]}`}
        onKind={setKind}
      />
      <aside className="map-side">
        {colouring && <Legend colours={colours} />}
        <Selection workspace={workspace} dataset={dataset} points={points} selected={selected} />
        {kind === 'pixels' && (
          <p className="map-hint muted" role="note">
            Drawn without WebGL: there is no graphics processor here, or it is blocked. Very large maps move slowly.
          </p>
        )}
      </aside>
    </div>
  );
}

/** Undefined where points differ in nothing. */
function useColouring(points: MapPoints): Colouring | undefined {
  const chosen = useMap((state) => state.colouring);
  const possible = colouringsOf(points);
  return possible.find((one) => one === chosen) ?? possible[0];
}

function aboutMap({ images, laidOut, explained, embedded }: MapFacts): string {
  const parts = [`${formatCount(images)} pictures`];
  if (explained)
    parts.push(`${explained.map((share) => `${(100 * share).toFixed(1)}%`).join(' and ')} of the variance`);
  else if (laidOut < images) parts.push(`${formatCount(laidOut)} laid out, the others placed among them`);
  if (embedded !== images) parts.push(`${formatCount(embedded)} are embedded by now: make it again`);
  return parts.join(' · ');
}

function useEscape(active: boolean): void {
  useEffect(() => {
    if (!active) return;
    const press = ({ key }: KeyboardEvent): void => {
      if (key === 'Escape' && document.querySelector('dialog[open]') === null) selectPoints(null);
    };
    window.addEventListener('keydown', press);
    return () => {
      window.removeEventListener('keydown', press);
    };
  }, [active]);
}

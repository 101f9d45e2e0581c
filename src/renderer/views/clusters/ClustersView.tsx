/** @file Clusters of the kept pictures: how large they are before balance and after, how tight, the largest of them, and a map. */

import './clustersView.css';
import type { ClusterFacts, Dataset } from '../../../preload/contract.ts';
import { Button } from '../../components/Button.tsx';
import { Empty, Failure, Loading, Panel } from '../../components/Panel.tsx';
import { Segments } from '../../components/Segments.tsx';
import { Stat } from '../../components/Stat.tsx';
import { formatCount } from '../../state/format.ts';
import { showForm } from '../../state/forms.ts';
import { teachersOf, type FormName } from '../../state/jobForms.ts';
import { showPart, useMap } from '../../state/map.ts';
import { useAnswer } from '../../state/useAnswer.ts';
import { currentDataset, useWorkspace } from '../../state/workspace.ts';
import { FormButton } from '../forms/FormButton.tsx';
import { LargestClusters } from './LargestClusters.tsx';
import { MapPanel } from './map/MapPanel.tsx';
import { SizeBars } from './SizeBars.tsx';
import { TailChart } from './TailChart.tsx';

const parts = [
  { value: 'sizes', label: 'Sizes' },
  { value: 'map', label: 'Map' },
] as const;

export function ClustersView() {
  const dataset = useWorkspace(currentDataset);
  const workspace = useWorkspace((state) => state.id);
  const part = useMap((state) => state.part);
  const nothing = !dataset?.clustering && teachersOf(dataset).length === 0;
  if (workspace === null || !dataset || nothing) return <NoClusters dataset={dataset} />;
  return (
    <div className="clusters">
      <div className="clusters-parts">
        <Segments label="Part of the view" value={part} options={parts} onChange={showPart} />
      </div>
      {part === 'map' ? (
        <MapPanel key={dataset.id} workspace={workspace} dataset={dataset} />
      ) : (
        <Sizes workspace={workspace} dataset={dataset} />
      )}
    </div>
  );
}

function Sizes({ workspace, dataset }: { workspace: string; dataset: Dataset }) {
  const clustering = dataset.clustering?.id;
  const { value: facts, failure } = useAnswer(
    'clustering.facts',
    clustering === undefined ? null : { workspace, clustering },
  );
  if (clustering === undefined) return <NoClusters dataset={dataset} />;
  if (failure !== null) return <Failure title="The clusters cannot be read" message={failure} />;
  if (!facts) return <Loading what="clusters" />;
  return (
    <>
      <div className="clusters-strip">
        <Numbers facts={facts} />
        <TailChart tail={facts.tail} />
        <SizeBars histogram={facts.histogram} />
      </div>
      <Panel title="Largest clusters" tools={facts.quality && <span>by images after balance</span>}>
        {facts.quality ? (
          <LargestClusters workspace={workspace} clusters={facts.quality.largest} />
        ) : (
          <Empty title="Not measured">
            <p>This clustering is of an older version. Cluster again to see how tight its clusters are.</p>
          </Empty>
        )}
      </Panel>
    </>
  );
}

function Numbers({ facts }: { facts: ClusterFacts }) {
  const { clusters, images, teacher, iterations, quality } = facts;
  const perCluster = clusters === 0 ? 0 : images / clusters;
  return (
    <section className="clusters-numbers" aria-label="Clustering">
      <dl>
        <Stat name="clusters" value={formatCount(clusters)} note={`by ${teacher}`} />
        <Stat name="images" value={formatCount(images)} note={`${perCluster.toFixed(1)} each`} />
        {quality && (
          <>
            <Stat
              name="mean similarity"
              value={quality.meanSimilarity.toFixed(3)}
              note={`after ${formatCount(iterations)} iterations`}
            />
            <Stat name="empty" value={formatCount(quality.empty)} note={quality.empty === 0 ? 'none' : 'clusters'} />
            <Stat
              name="Gini of the sizes"
              value={quality.sizes.gini.toFixed(3)}
              note={`${quality.sizesBefore.gini.toFixed(3)} before balance`}
            />
            <Stat
              name="median size"
              value={formatCount(quality.sizes.median)}
              note={`${formatCount(quality.sizesBefore.median)} before`}
            />
          </>
        )}
      </dl>
      <Button
        icon="play"
        onClick={() => {
          showForm('cluster');
        }}
      >
        Cluster again…
      </Button>
    </section>
  );
}

interface Step {
  title: string;
  text: string;
  form: FormName;
  label: string;
}

function NoClusters({ dataset }: { dataset: Dataset | undefined }) {
  const { title, text, form, label } = nextStep(dataset);
  return (
    <Empty title={title}>
      <p>{text}</p>
      <FormButton form={form} label={label} />
    </Empty>
  );
}

/** What has to be done before there are clusters. */
function nextStep(dataset: Dataset | undefined): Step {
  if (!dataset)
    return {
      title: 'No data yet',
      text: 'Import pictures with captions first. They are clustered once they are embedded.',
      form: 'import',
      label: 'Import data…',
    };
  if (teachersOf(dataset).length === 0)
    return {
      title: 'Not embedded yet',
      text: 'Clusters are found among the vectors of the pictures: embed them with a teacher first.',
      form: 'embed',
      label: 'Embed…',
    };
  return {
    title: 'No clusters yet',
    text: dataset.balance
      ? 'Cluster the pictures that balance kept. Their sizes before and after balance are compared here.'
      : 'Cluster the pictures. After a balance, sizes before and after are compared here.',
    form: 'cluster',
    label: 'Cluster…',
  };
}

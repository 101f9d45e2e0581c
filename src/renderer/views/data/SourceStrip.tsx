/** @file What the dataset is, in numbers, and what can be done with it next. */

import type { DataFacts, Dataset } from '../../../preload/contract.ts';
import { Button } from '../../components/Button.tsx';
import { Stat } from '../../components/Stat.tsx';
import { formatAge, formatCount, formatShare } from '../../state/format.ts';
import { showForm } from '../../state/forms.ts';
import { shortSource } from '../../state/jobForms.ts';
import { runningJob } from '../../state/jobs.ts';
import { useWorkspace } from '../../state/workspace.ts';

export function SourceStrip({ dataset, facts }: { dataset: Dataset; facts: DataFacts }) {
  const { images, skipped, complete, embeddings, balance } = dataset;
  const embedded = embeddings.find((set) => set.complete);
  const importing = useWorkspace(({ jobs }) => runningJob(jobs)?.command.includes(dataset.name) === true);
  const next = embedded && !balance ? 'balance' : 'embed';
  return (
    <section className="data-strip" aria-label="Dataset">
      <div className="data-source">
        <h2 className="truncate">{facts.name}</h2>
        <span className="muted truncate selectable" title={facts.source}>
          {shortSource(facts.source)}
        </span>
      </div>
      <dl>
        <Stat
          name="images"
          value={formatCount(images)}
          note={complete ? '' : importing ? 'and more to come' : 'import did not end'}
        />
        <Stat
          name="skipped"
          value={formatCount(skipped)}
          note={skipped > 0 ? formatShare(skipped / (images + skipped)) : 'nothing'}
        />
        <Stat name="format" value={facts.format} note={formatAge(facts.importedAt)} />
        <Stat
          name="embedded"
          value={embedded ? formatCount(embedded.rows) : 'not yet'}
          note={embedded ? `by ${embedded.teacher}` : ''}
        />
      </dl>
      <div className="data-actions">
        <Button
          icon="import"
          onClick={() => {
            showForm('import');
          }}
        >
          Import…
        </Button>
        <Button
          kind={complete && (!embedded || !balance) ? 'primary' : 'plain'}
          icon="play"
          disabled={!complete}
          onClick={() => {
            showForm(next);
          }}
        >
          {next === 'embed' ? 'Embed…' : 'Balance…'}
        </Button>
      </div>
    </section>
  );
}

/** @file Two reviewers on the same groups: how far they agree beyond chance, and what is left to settle. */

import './review.css';
import { useState } from 'react';
import type { Agreement } from '../../../preload/contract.ts';
import { request } from '../../api/api.ts';
import { Button } from '../../components/Button.tsx';
import { Empty, Failure, Loading } from '../../components/Panel.tsx';
import { Select } from '../../components/Select.tsx';
import { Stat } from '../../components/Stat.tsx';
import { Thumbnail } from '../../components/Thumbnail.tsx';
import { chooseGroup, refreshDuplicates, showDialog, useDuplicates } from '../../state/duplicates.ts';
import { formatCount, formatShare } from '../../state/format.ts';
import { attempt, requireAnnotator } from '../../state/session.ts';
import { useAnswer } from '../../state/useAnswer.ts';
import { ReviewDialog } from './ReviewDialog.tsx';

/** Pictures of an opinion that are shown. */
const shownKept = 6;

export function AgreementDialog({ workspace }: { workspace: string }) {
  return (
    <ReviewDialog name="agreement" title="Agreement of two reviewers">
      <Annotators workspace={workspace} />
    </ReviewDialog>
  );
}

function Annotators({ workspace }: { workspace: string }) {
  const dataset = useDuplicates((state) => state.dataset);
  const { value, failure } = useAnswer('agreement.annotators', { workspace, dataset });
  const [chosen, choose] = useState<[string?, string?]>([]);
  if (failure !== null) return <Failure title="The reviewers cannot be read" message={failure} />;
  if (value === null) return <Loading what="reviewers" />;
  const names = value.map(({ annotator }) => annotator);
  if (names.length < 2) {
    return (
      <Empty title="One reviewer so far">
        <p>
          When a second one has decided on the same groups, their agreement stands here. Change the reviewer above the
          list, or import their decisions.
        </p>
      </Empty>
    );
  }
  const first = chosen[0] ?? names[0]!;
  const second = chosen[1] ?? names.find((name) => name !== first)!;
  const options = value.map(({ annotator, decisions }) => ({
    value: annotator,
    label: `${annotator} (${formatCount(decisions)})`,
  }));
  return (
    <div className="agreement">
      <div className="agreement-names">
        <Select
          label="First reviewer"
          value={first}
          options={options}
          onChange={(name) => {
            choose([name, name === second ? first : second]);
          }}
        />
        <span className="muted">and</span>
        <Select
          label="Second reviewer"
          value={second}
          options={options}
          onChange={(name) => {
            choose([name === first ? second : first, name]);
          }}
        />
      </div>
      <Compared workspace={workspace} dataset={dataset} names={[first, second]} />
    </div>
  );
}

function Compared({ workspace, dataset, names }: { workspace: string; dataset: number; names: [string, string] }) {
  const [settled, setSettled] = useState(0);
  const { value, failure } = useAnswer('agreement.compare', { workspace, dataset, annotators: names }, String(settled));
  if (failure !== null) return <Failure title="They cannot be compared" message={failure} />;
  if (value === null) return <Loading what="both opinions" />;
  if (value.groups === 0) {
    return (
      <Empty title="No group in common">
        <p>
          {names[0]} and {names[1]} decided on different groups.
        </p>
      </Empty>
    );
  }
  const settle = async (group: number, like: string): Promise<void> => {
    const annotator = await requireAnnotator();
    if (annotator === null) return;
    await request('agreement.settle', { workspace, dataset, group, like, annotator });
    setSettled((times) => times + 1);
    await refreshDuplicates();
  };
  return (
    <>
      <Figures agreement={value} />
      <ul className="agreement-list" aria-label="Disagreements">
        {value.disagreements.map((row) => (
          <li key={row.group} data-settled={row.settledBy !== null || undefined}>
            <Button
              kind="quiet"
              title="Look at this group"
              onClick={() => {
                showDialog(null);
                attempt(chooseGroup(row.group));
              }}
            >
              Group of {formatCount(row.size)}
            </Button>
            {names.map((name, at) => (
              <span key={name} className="agreement-opinion">
                <span className="cut-examples">
                  {row.opinions[at as 0 | 1].kept.slice(0, shownKept).map((sample) => (
                    <Thumbnail
                      key={sample}
                      workspace={workspace}
                      sample={{ sample, hasPicture: true }}
                      size={128}
                      decorative
                    />
                  ))}
                  {row.opinions[at as 0 | 1].kept.length === 0 && <span className="muted">none stays</span>}
                </span>
                <Button
                  disabled={row.settledBy !== null}
                  onClick={() => {
                    attempt(settle(row.group, name));
                  }}
                >
                  As {name}
                </Button>
              </span>
            ))}
            {row.settledBy !== null && <span className="muted">settled</span>}
          </li>
        ))}
      </ul>
      {value.disagreements.length === 0 && <p className="muted">They agree on every picture.</p>}
    </>
  );
}

function Figures({ agreement }: { agreement: Agreement }) {
  const { kappa, observed, expected, groups, images, disagreeing, open } = agreement;
  return (
    <dl className="agreement-figures">
      <Stat name="Cohen’s kappa" value={kappa === null ? '–' : kappa.toFixed(3)} note={meaning(kappa)} />
      <Stat name="the same" value={formatShare(observed ?? 0)} note={`${formatShare(expected ?? 0)} by chance`} />
      <Stat
        name="in common"
        value={`${formatCount(groups)} ${groups === 1 ? 'group' : 'groups'}`}
        note={`${formatCount(images)} pictures`}
      />
      <Stat name="to settle" value={formatCount(open)} note={`of ${formatCount(disagreeing)} groups`} />
    </dl>
  );
}

/** The usual words (Landis and Koch 1977). */
function meaning(kappa: number | null): string {
  if (kappa === null) return 'not defined: one answer only';
  const words = ['slight', 'fair', 'moderate', 'substantial', 'almost perfect'] as const;
  return kappa < 0 ? 'less than by chance' : words[Math.min(4, Math.max(0, Math.ceil(kappa * 5) - 1))]!;
}

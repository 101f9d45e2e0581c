/** @file What a look at the source found: how much, the first pairs, and what is wrong with them. Nothing is imported yet. */

import { useState } from 'react';
import { previewUrl } from '../../api/api.ts';
import { Empty, Failure, Loading } from '../../components/Panel.tsx';
import { baseName, formatCount } from '../../state/format.ts';
import type { Look } from './usePreview.ts';

type Answer = NonNullable<Look['answer']>;
type Pair = Answer['preview']['pairs'][number];

export function PreviewPane({ look: { answer, failure, busy } }: { look: Look }) {
  return (
    <section className="preview" aria-label="Before the import" aria-busy={busy}>
      {failure !== null ? (
        <Failure title="This cannot be imported" message={failure} />
      ) : answer ? (
        <Found answer={answer} busy={busy} />
      ) : busy ? (
        <Loading what="the first pairs" />
      ) : (
        <Empty title="Nothing chosen yet">
          <p>The first pairs of the source and what is wrong with them are shown here, before anything is imported.</p>
        </Empty>
      )}
    </section>
  );
}

function Found({ answer: { token, preview, pictures }, busy }: { answer: Answer; busy: boolean }) {
  const { total, looked, pairs, problems, failure, sources } = preview;
  return (
    <>
      <p className="preview-total" role="status">
        <strong>{total === null ? `More than ${formatCount(looked)} pairs` : `${formatCount(total)} pairs`}</strong>
        {sources > 1 && <span className="muted"> in {formatCount(sources)} files</span>}
        {busy && <span className="muted"> looking again…</span>}
      </p>
      {failure !== null && (
        <p className="preview-refused selectable" role="alert">
          {failure}
        </p>
      )}
      {failure === null && <Problems problems={problems} looked={looked} />}
      {pairs.length > 0 && (
        <ul className="preview-pairs" tabIndex={0} aria-label="First pairs">
          {pairs.map((pair, at) => (
            <li
              key={at}
              title={`${pair.path}\n${pair.width && pair.height ? `${pair.width} × ${pair.height} pixels` : ''}`}
            >
              <div className="preview-picture">
                {pictures[at] ? <PreviewPicture token={token} at={at} pair={pair} /> : <Reason pair={pair} />}
              </div>
              <p className={pair.caption === '' ? 'muted' : ''}>{pair.caption || 'no caption'}</p>
              <span className="muted truncate">{baseName(pair.path)}</span>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function PreviewPicture({ token, at, pair }: { token: string; at: number; pair: Pair }) {
  const [broken, setBroken] = useState(false);
  if (broken) return <span className="preview-reason">no picture</span>;
  return (
    <img
      src={previewUrl(token, at)}
      alt={pair.caption || baseName(pair.path)}
      decoding="async"
      draggable={false}
      onError={() => {
        setBroken(true);
      }}
    />
  );
}

const Reason = ({ pair: { reason } }: { pair: Pair }) => (
  <span className={reason === null ? 'preview-reason' : 'preview-reason preview-skipped'}>
    {reason ?? 'no picture'}
  </span>
);

function Problems({ problems, looked }: { problems: Answer['preview']['problems']; looked: number }) {
  if (looked === 0) return null;
  if (problems.length === 0) {
    return <p className="preview-well">Nothing is wrong with the first {formatCount(looked)}.</p>;
  }
  return (
    <section aria-label={`Problems of the first ${looked} pairs`}>
      <h3 className="muted">Of the first {formatCount(looked)}</h3>
      <ul className="preview-problems">
        {problems.map(({ what, skipped, count, examples }) => (
          <li key={what} title={examples.join('\n')}>
            <b>{formatCount(count)}</b>
            <span className="truncate">{what}</span>
            <span className={skipped ? 'preview-mark preview-skipped' : 'preview-mark'}>
              {skipped ? 'skipped' : 'imported'}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

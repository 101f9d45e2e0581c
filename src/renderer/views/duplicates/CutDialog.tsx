/** @file Where a group hangs together least, what falls apart when it is cut there, and the cut. */

import './review.css';
import { useState } from 'react';
import type { CutPreview, GroupDetail, SampleView } from '../../../preload/contract.ts';
import { Button } from '../../components/Button.tsx';
import { Failure, Loading } from '../../components/Panel.tsx';
import { Thumbnail } from '../../components/Thumbnail.tsx';
import { cutGroup } from '../../state/decisions.ts';
import { formatCount, formatValue } from '../../state/format.ts';
import { attempt } from '../../state/session.ts';
import { useAnswer } from '../../state/useAnswer.ts';
import { ReviewDialog } from './ReviewDialog.tsx';

export function CutDialog({ workspace, detail }: { workspace: string; detail: GroupDetail }) {
  return (
    <ReviewDialog name="cut" title="Cut the weakest link">
      <Cut workspace={workspace} detail={detail} />
    </ReviewDialog>
  );
}

function Cut({ workspace, detail }: { workspace: string; detail: GroupDetail }) {
  const [limit, setLimit] = useState('');
  const given = limit.trim() === '' ? null : Number(limit);
  const wrong = given !== null && !(given >= 0);
  const question = wrong ? null : { workspace, group: detail.group.id, distance: given };
  const { value, failure } = useAnswer('cut.preview', question, String(detail.apart.length));
  return (
    <form
      className="cut"
      onSubmit={(event) => {
        event.preventDefault();
        if (value) attempt(cutGroup(given));
      }}
    >
      {failure !== null ? (
        <Failure title="It cannot be cut there" message={failure} />
      ) : value === null ? (
        <Loading what="what falls apart" />
      ) : (
        <Preview workspace={workspace} preview={value} />
      )}
      <footer className="review-foot">
        <label htmlFor="cut-distance">Cut all links longer than</label>
        <input
          id="cut-distance"
          className="input input-short"
          inputMode="decimal"
          placeholder="the longest"
          aria-invalid={wrong}
          value={limit}
          onChange={(event) => {
            setLimit(event.target.value);
          }}
        />
        <span className="muted review-note">Remembered, and obeyed when balance runs again.</span>
        <Button kind="primary" type="submit" disabled={value === null}>
          {value && value.parts > 2 ? `Cut into ${formatCount(value.parts)} parts` : 'Cut in two'}
        </Button>
      </footer>
    </form>
  );
}

function Preview({ workspace, preview }: { workspace: string; preview: CutPreview }) {
  const { longest, links, sides, parts } = preview;
  return (
    <>
      <section className="cut-link" aria-label="The weakest link">
        <Side workspace={workspace} sample={longest.first} />
        <p>
          <b>{formatValue(longest.distance)}</b>
          <span className="muted">{links === 1 ? 'apart' : `the longest of ${formatCount(links)} links`}</span>
        </p>
        <Side workspace={workspace} sample={longest.second} />
      </section>
      <ul className="cut-sides" aria-label="What falls apart">
        {sides.map(({ size, examples }, at) => (
          <li key={examples[0]?.sample ?? at}>
            <span className="cut-count">
              {formatCount(size)} {size === 1 ? 'picture' : 'pictures'}
            </span>
            <span className="cut-examples">
              {examples.map((sample) => (
                <Thumbnail key={sample.sample} workspace={workspace} sample={sample} size={128} />
              ))}
              {size > examples.length && <span className="muted">+{formatCount(size - examples.length)}</span>}
            </span>
          </li>
        ))}
      </ul>
      {parts > sides.length && <p className="muted">and {formatCount(parts - sides.length)} smaller parts</p>}
    </>
  );
}

function Side({ workspace, sample }: { workspace: string; sample: SampleView }) {
  return (
    <figure>
      <span className="cut-picture">
        <Thumbnail workspace={workspace} sample={sample} size={512} />
      </span>
      <figcaption className="truncate">{sample.caption || sample.path}</figcaption>
    </figure>
  );
}

/** @file Up to four pictures of a group, large and side by side. */

import './compare.css';
import { useEffect, useRef } from 'react';
import type { ReviewMember } from '../../../preload/contract.ts';
import { IconButton } from '../../components/Button.tsx';
import { Thumbnail } from '../../components/Thumbnail.tsx';
import { showComparison, useDuplicates } from '../../state/duplicates.ts';
import { formatCount, formatValue } from '../../state/format.ts';
import { comparedOf } from '../../state/selection.ts';

export function CompareDialog({ workspace, members }: { workspace: string; members: ReviewMember[] }) {
  const comparing = useDuplicates((state) => state.comparing);
  const selection = useDuplicates((state) => state.selection);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (comparing) dialog.current?.showModal();
    else dialog.current?.close();
  }, [comparing]);
  const hide = (): void => {
    showComparison(false);
  };
  return (
    <dialog ref={dialog} className="dialog compare" aria-labelledby="compare-title" onClose={hide}>
      <header>
        <h2 id="compare-title">Side by side</h2>
        <IconButton icon="close" label="Close" onClick={hide} />
      </header>
      {comparing && (
        <div className="compare-sides">
          {comparedOf(selection, members).map((member) => (
            <Side key={member.sample} workspace={workspace} member={member} />
          ))}
        </div>
      )}
    </dialog>
  );
}

function Side({ workspace, member }: { workspace: string; member: ReviewMember }) {
  const { keep, distance, width, height, caption, path } = member;
  return (
    <figure className="compare-side" data-keep={keep || undefined}>
      <div className="compare-picture">
        <Thumbnail workspace={workspace} sample={member} size={1024} />
      </div>
      <figcaption>
        <span className="compare-figures">
          <b>{formatValue(distance)}</b>
          {keep && <span className="compare-kept">kept</span>}
          {width !== null && height !== null && (
            <span className="muted">
              {formatCount(width)} × {formatCount(height)}
            </span>
          )}
        </span>
        <span className="compare-caption selectable">{caption}</span>
        <span className="muted truncate selectable" title={path}>
          {path}
        </span>
      </figcaption>
    </figure>
  );
}

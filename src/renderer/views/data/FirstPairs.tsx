/** @file The first pictures of a dataset with their captions. */

import type { SampleView } from '../../../preload/contract.ts';
import { Empty } from '../../components/Panel.tsx';
import { Thumbnail } from '../../components/Thumbnail.tsx';
import { baseName } from '../../state/format.ts';

export function FirstPairs({ workspace, samples }: { workspace: string; samples: SampleView[] }) {
  if (samples.length === 0) {
    return (
      <Empty title="No pairs">
        <p>Nothing of this source could be used so far. What was skipped is listed with its reason.</p>
      </Empty>
    );
  }
  return (
    <ul className="pairs" tabIndex={0} aria-label="First pairs">
      {samples.map((sample) => (
        <li key={sample.sample} title={`${sample.path}\n${sizeOf(sample)}`}>
          <div className="pair-picture">
            <Thumbnail workspace={workspace} sample={sample} decorative />
          </div>
          <p className={sample.caption === '' ? 'muted' : ''}>{sample.caption || 'no caption'}</p>
          <span className="muted truncate">{baseName(sample.path)}</span>
        </li>
      ))}
    </ul>
  );
}

const sizeOf = ({ width, height }: SampleView): string => (width && height ? `${width} × ${height} pixels` : '');

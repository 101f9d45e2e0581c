/** @file The pixels of a sample over `image://`, or a quiet place where they cannot be shown. */

import { useState } from 'react';
import type { SampleView } from '../../preload/contract.ts';
import { pictureUrl } from '../api/api.ts';
import { baseName } from '../state/format.ts';

interface ThumbnailProps {
  workspace: string;
  sample: Pick<SampleView, 'sample' | 'hasPicture'> & Partial<Pick<SampleView, 'caption' | 'path'>>;
  size?: 128 | 256 | 512 | 1024 | 2048;
  /** Beside a text that says the same. */
  decorative?: boolean;
}

/** Fills its parent; how it fits is the parent's matter (`img` in its CSS). */
export function Thumbnail({ workspace, sample, size = 256, decorative = false }: ThumbnailProps) {
  const [broken, setBroken] = useState(false);
  if (!sample.hasPicture || broken) return <div className="picture-missing">no picture</div>;
  return (
    <img
      src={pictureUrl(workspace, sample.sample, size)}
      alt={decorative ? '' : sample.caption || baseName(sample.path ?? '')}
      loading="lazy"
      decoding="async"
      draggable={false}
      onError={() => {
        setBroken(true);
      }}
    />
  );
}

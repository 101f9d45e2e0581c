/** @file Quality flags: how many pictures have each, with examples. Flags filter later stages, nothing is deleted. */

import type { Dataset, QualityFacts, QualityFlag } from '../../../preload/contract.ts';
import { Empty, Failure, Loading, Panel } from '../../components/Panel.tsx';
import { Thumbnail } from '../../components/Thumbnail.tsx';
import { formatCount, formatShare, formatValue } from '../../state/format.ts';
import { useAnswer } from '../../state/useAnswer.ts';

type Thresholds = QualityFacts['thresholds'];

const flagTexts: Record<QualityFlag, { label: string; meaning: (limits: Thresholds) => string }> = {
  'too-small': { label: 'Too small', meaning: ({ minSide }) => `a side under ${formatCount(minSide)} pixels` },
  'odd-aspect': {
    label: 'Odd aspect',
    meaning: ({ maxAspect }) => `sides of more than ${formatValue(maxAspect)} to 1`,
  },
  blurred: { label: 'Blurred', meaning: ({ minSharpness }) => `sharpness under ${formatValue(minSharpness)}` },
  dark: { label: 'Dark', meaning: ({ minBrightness }) => `brightness under ${formatShare(minBrightness)}` },
  bright: { label: 'Bright', meaning: ({ maxBrightness }) => `brightness over ${formatShare(maxBrightness)}` },
  uniform: { label: 'Uniform', meaning: ({ minContrast }) => `contrast under ${formatShare(minContrast)}` },
  copy: { label: 'Exact copy', meaning: () => 'the same file once more' },
  'no-caption': { label: 'No caption', meaning: () => 'an empty caption' },
  boilerplate: {
    label: 'Boilerplate',
    meaning: ({ maxRepeats }) => `a caption of more than ${formatCount(maxRepeats)} images`,
  },
  disagreement: { label: 'Disagreement', meaning: () => 'picture and caption do not fit under the teacher' },
};

export function QualityPanel({ workspace, dataset }: { workspace: string; dataset: Dataset }) {
  const { id, complete, images, balance } = dataset;
  // one look at every picture: not while they still come in
  const { value: facts, failure } = useAnswer(
    'data.quality',
    complete ? { workspace, dataset: id } : null,
    `${images} ${balance?.id ?? 0}`,
  );
  return (
    <Panel title="Quality flags" tools={facts && <span>{flaggedOf(facts)}</span>}>
      {failure !== null ? (
        <Failure title="The flags cannot be counted" message={failure} />
      ) : !complete ? (
        <Empty title="Not counted yet">
          <p>Flags are counted once the import has ended.</p>
        </Empty>
      ) : !facts ? (
        <Loading what="flags" />
      ) : (
        <Flags workspace={workspace} facts={facts} />
      )}
    </Panel>
  );
}

const flaggedOf = ({ flagged, images }: QualityFacts): string =>
  flagged === 0 ? 'none' : `${formatCount(flagged)} images, ${formatShare(flagged / images)}`;

function Flags({ workspace, facts }: { workspace: string; facts: QualityFacts }) {
  const unmeasured = facts.notMeasured.picture;
  return (
    <>
      {facts.flags.length === 0 ? (
        <Empty title="No picture has a flag">
          <p>Flags mark what is too small, blurred, dark, uniform, an exact copy, or has no caption of its own.</p>
        </Empty>
      ) : (
        <ul className="flags" tabIndex={0} aria-label="Quality flags">
          {facts.flags.map(({ flag, count, examples }) => (
            <li key={flag}>
              <div className="flag-head">
                <strong>{flagTexts[flag].label}</strong>
                <span className="muted truncate">{flagTexts[flag].meaning(facts.thresholds)}</span>
                <span>{formatCount(count)}</span>
              </div>
              <div className="flag-bar" aria-hidden="true">
                <div style={{ width: `${(count / facts.images) * 100}%` }} />
              </div>
              <div className="flag-examples">
                {examples.map((sample) => (
                  <figure key={sample.sample} title={`${sample.path}\n${sample.caption}`}>
                    <Thumbnail workspace={workspace} sample={sample} size={128} />
                  </figure>
                ))}
              </div>
            </li>
          ))}
        </ul>
      )}
      {unmeasured > 0 && (
        <p className="flags-note muted">
          Brightness, contrast and sharpness of {formatCount(unmeasured)} images were not measured at their import.
        </p>
      )}
    </>
  );
}

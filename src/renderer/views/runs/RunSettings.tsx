/** @file Every setting of a run, and where its checkpoints lie. */

import { formatAge, formatCount } from '../../state/format.ts';
import type { RunData } from '../../state/runs.ts';
import { settingText } from '../../state/compareRuns.ts';

export function RunSettings({ data: { facts } }: { data: RunData }) {
  return (
    <div className="run-settings" tabIndex={0} role="region" aria-label="Settings">
      <section>
        <h3>Settings</h3>
        <dl>
          {Object.entries({ ...facts.settings, device: facts.device, run: facts.run }).map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd className="selectable">{settingText(value)}</dd>
            </div>
          ))}
        </dl>
      </section>
      <section>
        <h3>Checkpoints</h3>
        {facts.checkpoints.length === 0 && <p className="muted">None yet.</p>}
        <dl>
          {facts.checkpoints.map(({ step, folder }) => (
            <div key={step}>
              <dt>step {formatCount(step)}</dt>
              <dd className="selectable mono">{folder}</dd>
            </div>
          ))}
        </dl>
        <h3>Evaluations</h3>
        {facts.evaluations.length === 0 && <p className="muted">None yet.</p>}
        <dl>
          {facts.evaluations.map(({ step, task, data, finishedAt }) => (
            <div key={`${task} ${data} ${finishedAt}`}>
              <dt>step {formatCount(step)}</dt>
              <dd>
                {task} on {data}, {formatAge(finishedAt)}
              </dd>
            </div>
          ))}
        </dl>
      </section>
    </div>
  );
}

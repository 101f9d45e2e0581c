/** @file What the window remembers for all workspaces. */

import { useState } from 'react';
import type { DoctorReport, Preferences } from '../../../preload/contract.ts';
import { Button } from '../../components/Button.tsx';
import { Field } from '../../components/Field.tsx';
import { Failure, Loading } from '../../components/Panel.tsx';
import { Segments } from '../../components/Segments.tsx';
import { Select } from '../../components/Select.tsx';
import { formatBytes } from '../../state/format.ts';
import { deviceChoices, memoryChoice } from '../../state/settings.ts';
import { askAnnotator, attempt, setTheme, showPage, useSession } from '../../state/session.ts';
import { useDoctor, usePreferences } from './usePreferences.ts';

const closings = [
  { value: 'ask', label: 'Ask' },
  { value: 'background', label: 'Keep it running' },
  { value: 'stop', label: 'Stop it' },
] as const;

const closingHints: Record<Preferences['onClose'], string> = {
  ask: 'Closing a window with a running job asks what becomes of it.',
  background: 'The job goes on; a notification tells its end where the system has them.',
  stop: 'The job stops after its current unit of work. Continue goes on there.',
};

const themes = [
  { value: 'system', label: 'System' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
] as const;

export function SettingsPage() {
  const { value: preferences, failure, change } = usePreferences();
  const { report, failure: doctorFailure } = useDoctor();
  if (failure !== null) return <Failure title="The settings cannot be read" message={failure} />;
  if (!preferences) return <Loading what="the settings" />;
  return (
    <div className="page-sections">
      <Person />
      <section aria-labelledby="settings-jobs">
        <h2 id="settings-jobs">Jobs</h2>
        <p className="muted">For jobs that are started from now on. A terminal goes by its own options.</p>
        <Field label="Device" hint={deviceHint(report, doctorFailure)}>
          {(control) => (
            <Select
              {...control}
              label="Device"
              value={preferences.device}
              options={deviceChoices(preferences.device, report)}
              onChange={(device) => {
                change({ device });
              }}
            />
          )}
        </Field>
        <Memory preferences={preferences} report={report} onChange={change} />
        <Field label="Window closed" hint={closingHints[preferences.onClose]} group>
          {() => (
            <Segments
              label="When a window with a running job is closed"
              value={preferences.onClose}
              options={closings}
              onChange={(onClose) => {
                change({ onClose });
              }}
            />
          )}
        </Field>
      </section>
      <Cache report={report} failure={doctorFailure} />
    </div>
  );
}

function Person() {
  const theme = useSession((session) => session.theme);
  const annotator = useSession((session) => session.annotator);
  return (
    <section aria-labelledby="settings-person">
      <h2 id="settings-person">Window</h2>
      <Field label="Theme" group>
        {() => (
          <Segments
            label="Theme"
            value={theme}
            options={themes}
            onChange={(value) => {
              attempt(setTheme(value));
            }}
          />
        )}
      </Field>
      <Field label="Reviewer" hint="Each decision on a picture is stored with this name." group>
        {() => (
          <span className="field-row">
            <span className="field-told truncate">{annotator ?? 'asked for at the first decision'}</span>
            <Button
              icon="person"
              onClick={() => {
                attempt(askAnnotator());
              }}
            >
              {annotator === null ? 'Give a name…' : 'Change…'}
            </Button>
          </span>
        )}
      </Field>
    </section>
  );
}

interface MemoryProps {
  preferences: Preferences;
  report: DoctorReport | null;
  onChange: (change: Partial<Preferences>) => void;
}

function Memory({ preferences: { memoryBytes }, report, onChange }: MemoryProps) {
  const [text, setText] = useState(memoryBytes === null ? '' : String(memoryBytes / 2 ** 30));
  const choice = memoryChoice(text);
  const free = report
    ? `${formatBytes(report.memory.freeBytes)} of ${formatBytes(report.memory.totalBytes)} are free now.`
    : '';
  return (
    <Field
      label="Memory"
      problem={choice.problem}
      hint={`What a job plans with for decoding and sums; empty: what is free when it starts. ${free}`}
    >
      {(control) => (
        <span className="field-row">
          <input
            {...control}
            className="input input-short"
            inputMode="decimal"
            placeholder="what is free"
            value={text}
            onChange={({ target: { value } }) => {
              setText(value);
              const { bytes, problem } = memoryChoice(value);
              if (problem === undefined) onChange({ memoryBytes: bytes });
            }}
          />
          <span className="muted">GiB</span>
        </span>
      )}
    </Field>
  );
}

function Cache({ report, failure }: { report: DoctorReport | null; failure: string | null }) {
  const cache = report?.disk.find(({ what }) => what === 'cache');
  return (
    <section aria-labelledby="settings-cache">
      <h2 id="settings-cache">Cache</h2>
      <Field
        label="Folder"
        group
        hint="Downloads of the set-up, of the demo, and teachers. The variable DISTILLERY_CACHE moves it; npm run setup fills it again."
      >
        {() => (
          <span className="field-told mono selectable">
            {cache ? `${cache.dir} (${formatBytes(cache.freeBytes)} free)` : (failure ?? 'looking…')}
          </span>
        )}
      </Field>
      <Button
        icon="search"
        onClick={() => {
          showPage('doctor');
        }}
      >
        What this machine has
      </Button>
    </section>
  );
}

function deviceHint(report: DoctorReport | null, failure: string | null): string {
  if (failure !== null) return failure;
  if (!report) return 'Looking for devices…';
  if (report.gpus.length === 0) return 'No GPU was found on this machine.';
  return report.backend.usesGpu
    ? 'The first GPU, where one is free.'
    : 'There is a GPU, but TensorFlow does not use it: see Doctor.';
}

/** @file `distillery doctor` as a page: what this machine and this checkout have, what is missing, and what to do about it. */

import type { DoctorReport } from '../../../preload/contract.ts';
import { Button } from '../../components/Button.tsx';
import { CommandLine } from '../../components/CommandLine.tsx';
import { Icon } from '../../components/Icon.tsx';
import { Failure, Loading } from '../../components/Panel.tsx';
import { formatBytes } from '../../state/format.ts';
import { useDoctor } from './usePreferences.ts';

export function DoctorPage() {
  const { report, failure, busy, again } = useDoctor();
  return (
    <div className="page-sections">
      <section aria-labelledby="doctor-title">
        <header className="doctor-head">
          <h2 id="doctor-title">What this machine has</h2>
          <Button icon="again" disabled={busy} onClick={again}>
            {busy ? 'Checking…' : 'Check again'}
          </Button>
        </header>
        {failure !== null ? (
          <Failure title="The check did not work" message={failure} />
        ) : report ? (
          <Missing report={report} />
        ) : (
          <Loading what="what is there; it takes some seconds" />
        )}
      </section>
      {report && <Facts report={report} />}
      <section aria-label="The same in a terminal">
        <h3 className="muted">The same in a terminal</h3>
        <CommandLine text="npx distillery doctor" />
      </section>
    </div>
  );
}

function Missing({ report: { missing } }: { report: DoctorReport }) {
  if (missing.length === 0) {
    return (
      <p className="doctor-well" role="status">
        <Icon name="check" /> Nothing is missing.
      </p>
    );
  }
  return (
    <ul className="doctor-missing" aria-label="Missing">
      {missing.map(({ what, do: remedy }) => (
        <li key={what}>
          <Icon name="alert" />
          <div>
            <p className="selectable">{what}</p>
            {remedy.startsWith('npm ') ? <CommandLine text={remedy} /> : <p className="muted">{remedy}</p>}
          </div>
        </li>
      ))}
    </ul>
  );
}

function Facts({ report: { versions, processor, memory, gpus, backend, disk } }: { report: DoctorReport }) {
  const builds = { cpu: 'for the processor', cuda: 'for CUDA', none: 'not there' };
  const facts: [string, string][] = [
    ['Processor', `${processor.model}, ${processor.cores} cores (${processor.features.join(', ')})`],
    ['Memory', `${formatBytes(memory.freeBytes)} of ${formatBytes(memory.totalBytes)} free`],
    ...(gpus.length === 0
      ? ([['GPU', 'none']] as [string, string][])
      : gpus.map(({ name, memoryBytes, driver }): [string, string] => [
          'GPU',
          `${name}, ${formatBytes(memoryBytes)}, driver ${driver}`,
        ])),
    ['TensorFlow', `${builds[backend.build]}${backend.usesGpu ? ', uses the GPU' : ''}`],
    ...disk.map(({ what, dir, freeBytes }): [string, string] => [
      `Disk of the ${what}`,
      `${formatBytes(freeBytes)} free in ${dir}`,
    ]),
  ];
  return (
    <>
      <FactTable title="Machine" facts={facts} />
      <FactTable
        title="Versions"
        facts={Object.entries(versions).map(([name, version]) => [name, version ?? 'does not load'])}
      />
    </>
  );
}

function FactTable({ title, facts }: { title: string; facts: [string, string][] }) {
  return (
    <section aria-label={title}>
      <h2>{title}</h2>
      <dl className="facts">
        {facts.map(([name, value], at) => (
          <div key={at}>
            <dt>{name}</dt>
            <dd className="selectable">{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** @file The running job in one line, for the views that have no list of jobs. */

import './runningJob.css';
import { jobTitle } from '../../../preload/jobTitle.ts';
import { ProgressBar } from '../../components/ProgressBar.tsx';
import { fractionOf, progressText, runningJob } from '../../state/jobs.ts';
import { useWorkspace } from '../../state/workspace.ts';
import { StopButton } from './StopButton.tsx';

export function RunningJob() {
  const job = useWorkspace((state) => runningJob(state.jobs));
  if (!job) return null;
  return (
    <section className="running" aria-label="Running job">
      <strong>{jobTitle(job.command)}</strong>
      <span className="muted truncate">{job.progress ? progressText(job) : 'starting…'}</span>
      <ProgressBar label={`Progress of ${jobTitle(job.command)}`} fraction={fractionOf(job)} />
      <StopButton job={job.id} />
    </section>
  );
}

/** @file Which form is open, and starting what it asks for. */

import { create } from 'zustand';
import type { JobStart } from '../../preload/contract.ts';
import type { FormName } from './jobForms.ts';
import { startJob } from './workspace.ts';

interface Forms {
  open: FormName | null;
  /** What was dropped on the window, for the form of import. */
  sources: string[];
}

export const useForms = create<Forms>(() => ({ open: null, sources: [] }));

export const showForm = (open: FormName, sources: string[] = []): void => {
  useForms.setState({ open, sources });
};

export const closeForm = (): void => {
  useForms.setState({ open: null, sources: [] });
};

/** Closes the form once the job is on its way; where it cannot be started the form stays. */
export async function startFromForm(job: JobStart): Promise<void> {
  await startJob(job);
  closeForm();
}

/** @file The form that is open, over whatever is shown. */

import './forms.css';
import { useEffect, useRef } from 'react';
import { IconButton } from '../../components/Button.tsx';
import { closeForm, useForms } from '../../state/forms.ts';
import type { FormName } from '../../state/jobForms.ts';
import { BalanceForm } from './BalanceForm.tsx';
import { ClusterForm } from './ClusterForm.tsx';
import { DistillForm } from './DistillForm.tsx';
import { EmbedForm } from './EmbedForm.tsx';
import { EvaluateForm } from './EvaluateForm.tsx';
import { ExportForm } from './ExportForm.tsx';
import { ImportForm } from './ImportForm.tsx';
import { TeacherForm } from './TeacherForm.tsx';
import { MapForm } from './MapForm.tsx';

const titles: Record<FormName, string> = {
  import: 'Import data',
  embed: 'Embed',
  teacher: 'Add a teacher',
  balance: 'Balance',
  cluster: 'Cluster',
  distill: 'Distil',
  map: 'Map of the pictures',
  evaluate: 'Evaluate',
  export: 'Export',
};

export function FormDialog() {
  const open = useForms((state) => state.open);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (open === null) {
      dialog.current?.close();
    } else if (dialog.current?.open === false) {
      dialog.current.showModal();
      // not the button that closes it
      dialog.current.querySelector<HTMLElement>('.job-fields :is(button, input, select)')?.focus();
    }
  }, [open]);
  return (
    <dialog
      ref={dialog}
      className={open === 'import' ? 'dialog job-dialog job-dialog-wide' : 'dialog job-dialog'}
      aria-labelledby="form-title"
      onClose={closeForm}
    >
      <header>
        <h2 id="form-title">{open && titles[open]}</h2>
        <IconButton icon="close" label="Close" onClick={closeForm} />
      </header>
      {open && <ShownForm name={open} />}
    </dialog>
  );
}

function ShownForm({ name }: { name: FormName }) {
  switch (name) {
    case 'import':
      return <ImportForm />;
    case 'evaluate':
      return <EvaluateForm />;
    case 'export':
      return <ExportForm />;
    case 'embed':
      return <EmbedForm />;
    case 'teacher':
      return <TeacherForm />;
    case 'balance':
      return <BalanceForm />;
    case 'cluster':
      return <ClusterForm />;
    case 'distill':
      return <DistillForm />;
    case 'map':
      return <MapForm />;
  }
}

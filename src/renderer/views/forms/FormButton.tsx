/** @file Leads from an empty view to the form that fills it. */

import { Button } from '../../components/Button.tsx';
import { showForm } from '../../state/forms.ts';
import type { FormName } from '../../state/jobForms.ts';

export function FormButton({ form, label }: { form: FormName; label: string }) {
  return (
    <Button
      kind="primary"
      icon={form === 'import' ? 'import' : 'play'}
      onClick={() => {
        showForm(form);
      }}
    >
      {label}
    </Button>
  );
}

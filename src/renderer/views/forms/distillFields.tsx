/** @file Fields of the form of distill: a number, a switch, one of several words. */

import { Field } from '../../components/Field.tsx';
import { Select } from '../../components/Select.tsx';
import type { CheckedDistill, DistillDraft, Setting } from '../../state/distillForm.ts';
import { NumberField } from './parts.tsx';

/** What every field of the form is given. */
export interface FieldsProps {
  draft: DistillDraft;
  problems: CheckedDistill['problems'];
  set: (name: Setting, text: string | boolean) => void;
}

interface NumericProps extends FieldsProps {
  name: Setting;
  label: string;
  unit?: string;
  placeholder?: string;
  hint?: string;
}

export function Numeric({ draft, problems, set, name, ...rest }: NumericProps) {
  return (
    <NumberField
      {...rest}
      value={String(draft.texts[name])}
      problem={problems[name]}
      onChange={(text) => {
        set(name, text);
      }}
    />
  );
}

export function Switch({ draft, set, name, label }: FieldsProps & { name: Setting; label: string }) {
  const on = draft.texts[name] === true;
  return (
    <button
      type="button"
      className="chip"
      aria-pressed={on}
      onClick={() => {
        set(name, !on);
      }}
    >
      {label}
    </button>
  );
}

export function Choice({
  draft,
  set,
  name,
  label,
  values,
}: FieldsProps & { name: Setting; label: string; values: readonly string[] }) {
  return (
    <Field label={label}>
      {(control) => (
        <Select
          {...control}
          label={label}
          value={String(draft.texts[name])}
          options={values.map((value) => ({ value, label: value }))}
          onChange={(value) => {
            set(name, value);
          }}
        />
      )}
    </Field>
  );
}

/** @file Fields that several forms have. */

import { Field } from '../../components/Field.tsx';
import { Select } from '../../components/Select.tsx';

interface ChoiceProps {
  label: string;
  value: string;
  values: readonly string[];
  problem?: string | undefined;
  hint?: string | undefined;
  onChange: (value: string) => void;
}

/** One of several names; a single one is only told. */
export function ChoiceField({ label, value, values, problem, hint, onChange }: ChoiceProps) {
  return (
    <Field label={label} problem={problem} hint={hint} group={values.length < 2}>
      {(control) =>
        values.length < 2 ? (
          <span className="field-told truncate">{value === '' ? 'none' : value}</span>
        ) : (
          <Select
            {...control}
            label={label}
            value={value}
            options={values.map((name) => ({ value: name, label: name }))}
            onChange={onChange}
          />
        )
      }
    </Field>
  );
}

interface NumberProps {
  label: string;
  value: string;
  problem: string | undefined;
  hint?: string | undefined;
  unit?: string;
  placeholder?: string;
  onChange: (value: string) => void;
}

export function NumberField({ label, value, problem, hint, unit, placeholder, onChange }: NumberProps) {
  return (
    <Field label={label} problem={problem} hint={hint}>
      {(control) => (
        <span className="field-row">
          <input
            {...control}
            className="input input-short"
            inputMode="decimal"
            value={value}
            placeholder={placeholder}
            onChange={(event) => {
              onChange(event.target.value);
            }}
          />
          {unit !== undefined && <span className="muted">{unit}</span>}
        </span>
      )}
    </Field>
  );
}

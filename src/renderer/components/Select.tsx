/** @file A choice from a short list. */

import './select.css';
import { Icon } from './Icon.tsx';

interface SelectProps<Value extends string> {
  /** Of a field that labels its control, the field's. */
  id?: string;
  label: string;
  value: Value;
  options: readonly { value: Value; label: string }[];
  'aria-describedby'?: string | undefined;
  'aria-invalid'?: boolean;
  onChange: (value: Value) => void;
}

export function Select<Value extends string>({ label, value, options, onChange, ...rest }: SelectProps<Value>) {
  return (
    <span className="select">
      <select
        {...rest}
        aria-label={label}
        value={value}
        onChange={(event) => {
          onChange(event.target.value as Value);
        }}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
      <Icon name="chevron" size={12} />
    </span>
  );
}

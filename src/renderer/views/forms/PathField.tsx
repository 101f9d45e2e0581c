/** @file A path, typed or chosen by dialog. */

import type { Params } from '../../../preload/contract.ts';
import { request } from '../../api/api.ts';
import { Button } from '../../components/Button.tsx';
import { Field } from '../../components/Field.tsx';
import { attempt } from '../../state/session.ts';

type What = Params<'result.choose'>['what'];

interface PathFieldProps {
  label: string;
  value: string;
  what: What;
  /** A second dialog: systems show folders and files in different ones. */
  also?: What;
  /** Of a new file or folder. */
  name?: string;
  endings?: string[];
  placeholder?: string;
  hint?: string;
  problem: string | undefined;
  onChange: (value: string) => void;
}

export function PathField(props: PathFieldProps) {
  const { label, value, what, also, name = null, endings = [], placeholder, hint, problem, onChange } = props;
  const choose = async (kind: What): Promise<void> => {
    const chosen = await request('result.choose', { what: kind, name, endings });
    if (chosen !== null) onChange(chosen);
  };
  return (
    <Field label={label} problem={problem} hint={hint}>
      {(control) => (
        <span className="field-row">
          <input
            {...control}
            className="input"
            spellCheck={false}
            placeholder={placeholder}
            value={value}
            onChange={(event) => {
              onChange(event.target.value);
            }}
          />
          <Button
            icon="folder"
            onClick={() => {
              attempt(choose(what));
            }}
          >
            {also ? 'Folder…' : 'Choose…'}
          </Button>
          {also && (
            <Button
              icon="file"
              onClick={() => {
                attempt(choose(also));
              }}
            >
              File…
            </Button>
          )}
        </span>
      )}
    </Field>
  );
}

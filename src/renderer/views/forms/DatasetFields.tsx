/** @file Which dataset, and whose embeddings of it. */

import { teachersOf } from '../../state/jobForms.ts';
import { choiceOf, useDatasets, type Chosen } from './useTeacher.ts';
import { ChoiceField } from './parts.tsx';

interface DatasetFieldsProps {
  chosen: Chosen;
  problems: Partial<Record<'dataset' | 'teacher', string>>;
  onChange: (chosen: Chosen) => void;
}

export function DatasetFields({ chosen: { dataset, teacher }, problems, onChange }: DatasetFieldsProps) {
  const datasets = useDatasets();
  const current = datasets.find(({ name }) => name === dataset);
  return (
    <>
      <ChoiceField
        label="Dataset"
        value={dataset}
        values={datasets.map(({ name }) => name)}
        problem={problems.dataset}
        onChange={(name) => {
          onChange(choiceOf(datasets.find((one) => one.name === name)));
        }}
      />
      <ChoiceField
        label="Teacher"
        value={teacher}
        values={teachersOf(current)}
        problem={problems.teacher}
        onChange={(name) => {
          onChange({ dataset, teacher: name });
        }}
      />
    </>
  );
}

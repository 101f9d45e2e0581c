/** @file The look at a source that the form of import shows: asked for anew whenever the source or a choice about it changes. */

import { useEffect, useState } from 'react';
import type { Result } from '../../../preload/contract.ts';
import { messageOf, request } from '../../api/api.ts';
import { attempt } from '../../state/session.ts';
import type { ImportDraft } from '../../state/jobForms.ts';
import { useWorkspace } from '../../state/workspace.ts';

export interface Look {
  answer: Result<'import.preview'> | null;
  failure: string | null;
  busy: boolean;
}

const nothing: Look = { answer: null, failure: null, busy: false };

export function usePreview({ sources, format, columns }: Pick<ImportDraft, 'sources' | 'format' | 'columns'>): Look {
  const workspace = useWorkspace((state) => state.id);
  const [look, setLook] = useState<Look & { question: string }>({ ...nothing, question: '' });
  const question = sources.length === 0 ? '' : JSON.stringify({ sources, format, columns });
  useEffect(() => {
    if (question === '' || workspace === null) return;
    let wanted = true;
    const asked = JSON.parse(question) as Pick<ImportDraft, 'sources' | 'format' | 'columns'>;
    request('import.preview', { workspace, ...asked }).then(
      (answer) => {
        if (wanted) setLook({ answer, failure: null, busy: false, question });
      },
      (error: unknown) => {
        if (wanted) setLook({ answer: null, failure: messageOf(error), busy: false, question });
      },
    );
    return () => {
      wanted = false;
      attempt(request('import.stopPreview', { workspace }));
    };
  }, [workspace, question]);
  if (question === '') return nothing;
  // what was found before stands until the new look is there, so that choices of columns do not jump
  return look.question === question ? look : { ...look, failure: null, busy: true };
}

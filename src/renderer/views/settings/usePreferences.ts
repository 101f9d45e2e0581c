/** @file The settings that main keeps, and what the doctor says, for the pages that show them. */

import { useEffect, useState } from 'react';
import type { DoctorReport, Preferences } from '../../../preload/contract.ts';
import { messageOf, request } from '../../api/api.ts';
import { attempt, useSession } from '../../state/session.ts';

interface PreferencesState {
  value: Preferences | null;
  failure: string | null;
  change: (part: Partial<Preferences>) => void;
}

export function usePreferences(): PreferencesState {
  const [value, setValue] = useState<Preferences | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  useEffect(() => {
    request('settings.get').then(setValue, (error: unknown) => {
      setFailure(messageOf(error));
    });
  }, []);
  const change = (part: Partial<Preferences>): void => {
    if (!value) return;
    const next = { ...value, ...part };
    setValue(next);
    attempt(request('settings.set', next));
  };
  return { value, failure, change };
}

interface DoctorState {
  report: DoctorReport | null;
  failure: string | null;
  busy: boolean;
  again: () => void;
}

/** Checks when it is first shown, and again when asked. */
export function useDoctor(): DoctorState {
  const workspace = useSession((session) => session.workspace?.id ?? null);
  const [round, setRound] = useState(0);
  const [state, setState] = useState<Omit<DoctorState, 'again' | 'busy'> & { round: number }>({
    report: null,
    failure: null,
    round: -1,
  });
  useEffect(() => {
    let wanted = true;
    request('doctor.report', { workspace }).then(
      (report) => {
        if (wanted) setState({ report, failure: null, round });
      },
      (error: unknown) => {
        if (wanted) setState({ report: null, failure: messageOf(error), round });
      },
    );
    return () => {
      wanted = false;
    };
  }, [workspace, round]);
  return {
    report: state.report,
    failure: state.failure,
    busy: state.round !== round,
    again: () => {
      setRound((before) => before + 1);
    },
  };
}

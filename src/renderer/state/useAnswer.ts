/** @file The answer to one question to the service, for a view that shows it as it is. */

import { useEffect, useState } from 'react';
import type { Channel, Params, Result } from '../../preload/contract.ts';
import { isUnavailable, messageOf, request } from '../api/api.ts';
import { useSession } from './session.ts';

export interface Answer<T> {
  /** Null until it is there. */
  value: T | null;
  failure: string | null;
}

const none = { value: null, failure: null };

/**
 * Asks when the question changes, when the service comes back, and when `version` changes; then the old answer stands
 * until the new one is there.
 * @param params null: nothing to ask yet
 */
export function useAnswer<C extends Channel>(channel: C, params: Params<C> | null, version = ''): Answer<Result<C>> {
  const running = useSession((session) => session.service.state === 'running');
  const [answer, setAnswer] = useState<Answer<Result<C>> & { question: string }>();
  const question = params === null ? null : JSON.stringify(params);
  useEffect(() => {
    if (question === null || !running) return;
    let wanted = true;
    const ask = request as (channel: C, params: Params<C>) => Promise<Result<C>>;
    ask(channel, JSON.parse(question) as Params<C>).then(
      (value) => {
        if (wanted) setAnswer({ question, value, failure: null });
      },
      (error: unknown) => {
        if (wanted && !isUnavailable(error)) setAnswer({ question, value: null, failure: messageOf(error) });
      },
    );
    return () => {
      wanted = false;
    };
  }, [channel, question, version, running]);
  return answer?.question === question ? answer : none;
}

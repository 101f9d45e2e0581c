/** @file Says when the service is not there, why, and what happens about it. */

import { request } from '../api/api.ts';
import { Button } from '../components/Button.tsx';
import { Icon } from '../components/Icon.tsx';
import { attempt, useSession } from '../state/session.ts';

export function ServiceBanner() {
  const { state, message } = useSession((session) => session.service);
  if (state === 'running' || state === 'starting') return null;
  const failed = state === 'failed';
  return (
    <div className={failed ? 'banner banner-failed' : 'banner'} role="alert">
      <Icon name="alert" />
      <strong>{failed ? 'The service does not run.' : 'The service stopped and is being restarted.'}</strong>
      <span className="truncate selectable" title={message ?? ''}>
        {message}
      </span>
      {failed && (
        <Button
          onClick={() => {
            attempt(request('service.restart'));
          }}
        >
          Restart the service
        </Button>
      )}
    </div>
  );
}

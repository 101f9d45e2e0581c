/** @file The last thing that went wrong, or well, until it is dismissed or old. */

import { useEffect } from 'react';
import { IconButton } from '../components/Button.tsx';
import { Icon } from '../components/Icon.tsx';
import { dismissNotice, useSession } from '../state/session.ts';

const infoMs = 5000;

export function NoticeToast() {
  const notice = useSession((session) => session.notice);
  useEffect(() => {
    if (notice?.kind !== 'info') return;
    const timer = setTimeout(dismissNotice, infoMs);
    return () => {
      clearTimeout(timer);
    };
  }, [notice]);
  return (
    <div aria-live="polite">
      {notice && (
        <div className={`toast toast-${notice.kind}`} role={notice.kind === 'error' ? 'alert' : 'status'}>
          <Icon name={notice.kind === 'error' ? 'alert' : 'check'} />
          <p className="selectable">{notice.text}</p>
          <IconButton icon="close" label="Dismiss" onClick={dismissNotice} />
        </div>
      )}
    </div>
  );
}

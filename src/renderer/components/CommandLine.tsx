/** @file A command for a terminal, to be read and copied. */

import './commandLine.css';
import { Fragment, useEffect, useState } from 'react';
import { request } from '../api/api.ts';
import { attempt } from '../state/session.ts';
import { IconButton } from './Button.tsx';

export function CommandLine({ text }: { text: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => {
      setCopied(false);
    }, 2000);
    return () => {
      clearTimeout(timer);
    };
  }, [copied]);
  const copy = async (): Promise<void> => {
    await request('clipboard.write', { text });
    setCopied(true);
  };
  return (
    <div className="command-line">
      <code className="mono selectable">
        {text.split(' ').map((word, at) => (
          // of words that never change places
          <Fragment key={at}>
            {at > 0 && ' '}
            <span>{word}</span>
          </Fragment>
        ))}
      </code>
      <IconButton
        icon={copied ? 'check' : 'copy'}
        label={copied ? 'Copied' : 'Copy the command'}
        onClick={() => {
          attempt(copy());
        }}
      />
    </div>
  );
}

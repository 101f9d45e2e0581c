/** @file Files and folders that are dropped on an element, as paths. */

import { useState, type DragEvent } from 'react';

interface Drop {
  /** Files are held over the element. */
  over: boolean;
  /** For the element. */
  target: Record<'onDragEnter' | 'onDragOver' | 'onDragLeave' | 'onDrop', (event: DragEvent<HTMLElement>) => void>;
}

const hasFiles = ({ dataTransfer }: DragEvent): boolean => dataTransfer.types.includes('Files');

export function useDrop(onPaths: (paths: string[]) => void): Drop {
  const [over, setOver] = useState(false);
  const hover = (event: DragEvent<HTMLElement>): void => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    event.stopPropagation();
    event.dataTransfer.dropEffect = 'link';
    setOver(true);
  };
  return {
    over,
    target: {
      onDragEnter: hover,
      onDragOver: hover,
      onDragLeave: ({ currentTarget, relatedTarget }) => {
        if (!(relatedTarget instanceof Node && currentTarget.contains(relatedTarget))) setOver(false);
      },
      onDrop: (event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        event.stopPropagation();
        setOver(false);
        // what comes from another program may have no place on the disk
        const paths = Array.from(event.dataTransfer.files, (file) => window.distillery.pathOf(file));
        onPaths(paths.filter((path) => path !== ''));
      },
    },
  };
}

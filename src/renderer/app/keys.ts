/** @file What a key press is to the window: alone or with a modifier, and whether somebody writes meanwhile. */

export const isMac = navigator.userAgent.includes('Mac');

export const withMod =
  (key: string, shift = false) =>
  (event: KeyboardEvent) =>
    (isMac ? event.metaKey : event.ctrlKey) && event.shiftKey === shift && event.key.toLowerCase() === key;

/** A letter or digit alone, unless somebody writes. */
export const plain =
  (...keys: string[]) =>
  ({ key, ctrlKey, metaKey, altKey, target }: KeyboardEvent) =>
    !ctrlKey && !metaKey && !altKey && keys.includes(key.toLowerCase()) && !isWriting(target, key);

/** Also above an open dialog whose focus went with a button: Escape is the dialog's then. */
const isWriting = (target: EventTarget | null, key: string): boolean => {
  if (document.querySelector('dialog[open]') !== null) return true;
  if (!(target instanceof HTMLElement)) return false;
  const field = target.closest('input, textarea, select');
  // these take spaces and arrows, no letters
  const ticked = field !== null && /^(checkbox|radio|range)$/.test(field.getAttribute('type') ?? '');
  return ticked ? key === ' ' || key.length > 1 : field !== null;
};

export const undoes = (event: KeyboardEvent): boolean =>
  (plain('u')(event) && !event.shiftKey) || (withMod('z')(event) && !isWriting(event.target, event.key));

export const redoes = (event: KeyboardEvent): boolean =>
  shifted('u')(event) || ((withMod('z', true)(event) || withMod('y')(event)) && !isWriting(event.target, event.key));

export const shifted =
  (key: string) =>
  (event: KeyboardEvent): boolean =>
    event.shiftKey && plain(key)(event);

/** A button or a link that has the focus keeps its Enter. */
export const accepts = (event: KeyboardEvent): boolean =>
  plain('enter')(event) &&
  !(event.target instanceof HTMLElement && event.target.closest('button, a, summary') !== null);

/** Where the pictures have the focus: a button keeps its Enter. */
export const opens = (event: KeyboardEvent): boolean =>
  plain('enter')(event) && !(event.target instanceof HTMLElement && event.target.closest('button') !== null);

/** What lies open above the pictures is closed by the browser. */
export const leaves = (event: KeyboardEvent): boolean =>
  plain('escape')(event) && document.querySelector(':popover-open') === null;

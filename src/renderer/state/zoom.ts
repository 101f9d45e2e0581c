/** @file Zoom and pan of pictures that are compared: one view for all of them. */

export interface View {
  /** 1: the picture fits its frame. */
  scale: number;
  /** Shift of the picture's centre from the frame's, in pixels. */
  x: number;
  y: number;
}

export const fitted: View = { scale: 1, x: 0, y: 0 };
const largest = 32;

/** Zooms so that what lies at (x, y) from the frame's centre stays there; never smaller than the frame. */
export function zoomed(view: View, factor: number, x: number, y: number): View {
  const scale = Math.min(largest, Math.max(1, view.scale * factor));
  if (scale === 1) return fitted;
  const by = scale / view.scale;
  return { scale, x: x - (x - view.x) * by, y: y - (y - view.y) * by };
}

/** A picture that fits does not move. */
export const moved = (view: View, x: number, y: number): View =>
  view.scale === 1 ? view : { ...view, x: view.x + x, y: view.y + y };

export const transformOf = ({ scale, x, y }: View): string => `translate(${x}px, ${y}px) scale(${scale})`;

/** @file Choices on the page of settings, from what the machine has. */

import type { DoctorReport } from '../../preload/contract.ts';

const gibibyte = 2 ** 30;

/** The devices that there are, and the one that is set, should it be gone. */
export function deviceChoices(
  chosen: string,
  report: Pick<DoctorReport, 'gpus'> | null,
): { value: string; label: string }[] {
  const choices = [
    { value: 'auto', label: 'Automatic' },
    { value: 'cpu', label: 'Processor only' },
    ...(report?.gpus ?? []).map(({ name }, at) => ({ value: `gpu:${at}`, label: `GPU ${at}: ${name}` })),
  ];
  if (choices.some(({ value }) => value === chosen)) return choices;
  return [...choices, { value: chosen, label: report ? `${chosen} (not found)` : chosen }];
}

/** GiB as somebody types them; empty is no limit. */
export function memoryChoice(text: string): { bytes: number | null; problem?: string } {
  const typed = text.trim().replace(',', '.');
  if (typed === '') return { bytes: null };
  const bytes = Math.round(Number(typed) * gibibyte);
  if (!Number.isFinite(bytes)) return { bytes: null, problem: 'A number.' };
  if (bytes < gibibyte)
    return { bytes: null, problem: 'At least 1 GiB: less is not enough for a single large picture.' };
  if (bytes > 2 ** 50) return { bytes: null, problem: 'More than any machine has.' };
  return { bytes };
}

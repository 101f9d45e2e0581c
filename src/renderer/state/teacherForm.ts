/** @file The form that adds a teacher: what a person has filled in, and the job it makes or what is wrong with each field. */

import { teacherLabel, teacherSource, type KnownTeacher } from '../../preload/teachers.ts';
import type { Checked } from './jobForms.ts';

/** Texts are as they were typed. */
export interface TeacherDraft {
  source: string;
  /** Empty: the one that {@link suggestedTeacherName} says. */
  name: string;
}

/** The last part of the source, as `distillery teacher add` has it. */
export function suggestedTeacherName(source: string): string {
  const [place = ''] = source.startsWith('hf:') ? source.split('@') : [source];
  const last =
    place
      .split(/[\\/]/)
      .filter((part) => part !== '')
      .at(-1) ?? '';
  return last.replace(/\.(safetensors|bin|pt|pth|ckpt)$/i, '').replace(/[^A-Za-z0-9._-]+/g, '-');
}

export function checkTeacher(
  { source, name }: TeacherDraft,
  known: readonly Pick<KnownTeacher, 'name' | 'named'>[],
): Checked<'source' | 'name'> {
  const [place, typed] = [source.trim(), name.trim()];
  const wanted = (typed === '' ? suggestedTeacherName(place) : typed).toLowerCase();
  const taken = known.some((teacher) => teacher.named && teacher.name.toLowerCase() === wanted);
  const problems = {
    source: teacherSource.safeParse(place).error?.issues[0]?.message,
    name:
      (typed === '' ? undefined : teacherLabel.safeParse(typed).error?.issues[0]?.message) ??
      (taken && wanted !== 'bundled' ? `There is a teacher ${wanted} already. Choose another name.` : undefined),
  };
  if (problems.source === undefined && problems.name === undefined) {
    return { job: { kind: 'teacher', source: place, name: typed === '' ? null : typed }, problems: {} };
  }
  return {
    job: null,
    problems: Object.fromEntries(Object.entries(problems).filter(([, problem]) => problem !== undefined)),
  };
}

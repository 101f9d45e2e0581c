/** @file The form that adds a teacher. Run: vitest run test/app/teacherForm.test.ts */

import { expect, test } from 'vitest';
import { commandOf, jobStart } from '../../src/preload/jobStart.ts';
import { commandLine } from '../../src/renderer/state/commandLine.ts';
import { checkTeacher, suggestedTeacherName } from '../../src/renderer/state/teacherForm.ts';

const known = [
  { name: 'bundled', named: true },
  { name: 'ViT-B-32', named: true },
  { name: 'seen', named: false },
];

test('a model of the hub and one on disk', () => {
  const { job } = checkTeacher({ source: ' hf:laion/CLIP@main ', name: 'big' }, known);
  expect(job).toEqual({ kind: 'teacher', source: 'hf:laion/CLIP@main', name: 'big' });
  expect(jobStart.parse(job)).toEqual(job);
  expect(commandOf(job!)).toEqual(['teacher', 'add', 'hf:laion/CLIP@main', '--name', 'big']);
  expect(checkTeacher({ source: '/models/seen', name: '' }, known).job).toEqual({
    ...{ kind: 'teacher', source: '/models/seen', name: null },
  });
  expect(checkTeacher({ source: String.raw`C:\models\x`, name: '' }, known).problems).toEqual({});
  expect(commandLine(job!, '/w')).toBe(`npx distillery teacher add 'hf:laion/CLIP@main' --name big --workspace /w`);
});

test.each([
  '',
  'models/x',
  './x',
  '-x',
  'hf:',
  'hf:x',
  'hf:a/b/c',
  'hf:../b',
  'hf:a/b@../c',
  'hf:a/b c',
  'https://x/y',
])('no source: %s', (source) => {
  expect(checkTeacher({ source, name: 'x' }, known)).toMatchObject({ job: null, problems: { source: /\w/ } });
  expect(jobStart.safeParse({ kind: 'teacher', source, name: null }).success).toBe(false);
});

test('a name is a plain word that is free', () => {
  const problem = (name: string, source = '/m/x') => checkTeacher({ source, name }, known).problems.name;
  for (const name of ['..', 'a/b', '-x', 'Bundled', 'a b']) expect(problem(name), name).toBeDefined();
  expect(problem('vit-b-32')).toMatch(/already/);
  expect(problem('', '/m/ViT-B-32')).toMatch(/already/);
  expect(problem('seen')).toBeUndefined();
});

test('the proposed name is the last part', () => {
  expect(suggestedTeacherName('hf:laion/CLIP-B@v1')).toBe('CLIP-B');
  expect(suggestedTeacherName('/models/my model/')).toBe('my-model');
  expect(suggestedTeacherName('/m/epoch_1.pt')).toBe('epoch_1');
  expect(suggestedTeacherName('')).toBe('');
});

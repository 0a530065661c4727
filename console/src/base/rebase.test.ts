import { expect, test } from 'vitest';

import { afterSaving, rebased } from './rebase.ts';

interface Person {
  name?: string;
  title?: string | null;
  leads?: string[];
}

test('what was typed stays, what was not is as it is now', () => {
  const before: Person = { name: '李雷', title: '工程师', leads: [] };
  const after: Person = { name: '李雷', title: '主管', leads: ['a'] };
  expect(rebased<Person>({ name: '李磊', title: '工程师', leads: [] }, before, after)).toEqual({
    name: '李磊',
    title: '主管',
    leads: ['a'],
  });
  // What was emptied stays empty; what was empty all along is filled by the others.
  expect(rebased<Person>({ name: '李雷', title: '' }, before, after)).toEqual({
    name: '李雷',
    title: '',
    leads: ['a'],
  });
  expect(rebased<Person>({ title: '' }, { title: null }, { title: '主管' })).toEqual({ title: '主管' });
});

test('what is typed while a form is being saved stays in it, and is not taken for saved', () => {
  const sent = { name: '李雷', title: ' 工程师 ', secret: 'x' };
  const saved = { name: '李雷', title: '工程师', secret: '' };
  const stands = (more: object) =>
    afterSaving<Partial<typeof sent & { hidden: number }>>({ ...sent, ...more }, sent, saved);
  // Nothing more was typed: it stands there as it was saved, and a secret does not stand there at all.
  expect(stands({ hidden: 1 })).toEqual({ stands: { ...saved, hidden: 1 }, more: false });
  expect(stands({ name: '李磊' })).toEqual({ stands: { ...saved, name: '李磊' }, more: true });
  expect(stands({ secret: 'xy' })).toEqual({ stands: { ...saved, secret: 'xy' }, more: true });
});

import { expect, test } from 'vitest';

import { rebased } from './rebase.ts';

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

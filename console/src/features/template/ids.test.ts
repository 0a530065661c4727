import { expect, test } from 'vitest';

import { freeName } from '#/base/free';

import { draftOf } from './draft.ts';
import { faultOf, idFor, isId, isInUse } from './ids.ts';

const known = [
  { id: 'mirror', state: 'active' },
  { id: 'mirror_2', state: 'archived' },
  { id: 'begun', state: 'draft' },
] as const;

const line = (id: string, template: string | null, base?: number) => ({
  id,
  template,
  ...(base === undefined ? {} : { base }),
});

test('a workflow that is in use is not saved over: another id is proposed', () => {
  expect(idFor('mirror', known)).toBe('mirror_3');
  expect(idFor('mirror_2', known)).toBe('mirror_2_2');
  expect(idFor('new_one', known)).toBe('new_one');
  // What was never live is only what somebody planned before.
  expect(idFor('begun', known)).toBe('begun');
  // What was made here is gone on with.
  expect(idFor('mirror', known, 'mirror')).toBe('mirror');
  expect(isInUse('mirror', known, 'begun')).toBe(true);
});

test('what an id looks like', () => {
  expect(['a', 'wecom_2'].every(isId)).toBe(true);
  expect(['', 'acme downstream!', 'A', '2a', '_a', 'a-b', 'x'.repeat(65)].some(isId)).toBe(false);
  expect(['acme downstream!', 'mirror', 'begun', 'new_one'].map((id) => faultOf(id, known))).toEqual([
    'form',
    'used',
    undefined,
    undefined,
  ]);
  const long = 'x'.repeat(64);
  expect(isId(freeName(long, [long]))).toBe(true);
});

test('the draft of a wizard is the one from its template, not that of the editor', () => {
  expect(draftOf([line('mirror', 'mirror', 3)], 'mirror')).toBeUndefined();
  expect(draftOf([line('mirror', 'mirror', 3), line('mirror_2', 'mirror')], 'mirror')?.id).toBe('mirror_2');
  expect(draftOf([line('other', 'full'), line('mine', null)], 'mirror')).toBeUndefined();
});

import { expect, test } from 'vitest';

import { idIn, noteOf } from './versions.ts';

test('the id of a text, where it gives itself one', () => {
  expect(idIn({ id: 'nightly' })).toBe('nightly');
  expect([undefined, null, {}, { id: 3 }, 'id'].map(idIn)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test('a roll back is told in words, and what somebody noted as it is', () => {
  expect(noteOf('← 3')).toBe(3);
  expect(noteOf('← 3, for now')).toBe('← 3, for now');
  expect(noteOf('night shift')).toBe('night shift');
  expect(noteOf(null)).toBe('');
});

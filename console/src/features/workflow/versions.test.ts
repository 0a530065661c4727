import { expect, test } from 'vitest';

import { noteOf } from './versions.ts';

test('a roll back is told in words, and what somebody noted as it is', () => {
  expect(noteOf('← 3')).toBe(3);
  expect(noteOf('← 3, for now')).toBe('← 3, for now');
  expect(noteOf('night shift')).toBe('night shift');
  expect(noteOf(null)).toBe('');
});

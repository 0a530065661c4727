import { expect, test } from 'vitest';

import { holding } from './opened.ts';

test('what editing began with is held until it ends', () => {
  expect(holding(undefined, 'a', false)).toBeUndefined();
  const held = holding(undefined, 'a', true);
  expect(held?.value).toBe('a');
  expect(holding(held, 'b', true)).toBe(held);
  expect(holding(held, 'b', false)).toBeUndefined();
});

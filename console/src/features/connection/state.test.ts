import { expect, test } from 'vitest';

import { stateOf } from './ConnectionState.tsx';

test('a connection whose last test failed is not well, though no run was stopped by it', () => {
  const at = '2026-05-01T00:00:00Z';
  expect(stateOf({ tested: { at, ok: false }, sick: null })).toBe('bad');
  expect(stateOf({ tested: { at, ok: true }, sick: null })).toBe('ok');
  expect(stateOf({ tested: null, sick: null })).toBe('untested');
});

import { expect, test } from 'vitest';

import { stateOf } from './checks.ts';

const state = (rule: string, actual: number, limit: number, ok = true) =>
  stateOf({ rule, kind: 'user', actual, limit, ok, source: false });

test('what comes near a limit is marked', () => {
  expect(state('update.max_percent', 48.57, 50)).toBe('close');
  expect(state('create.max', 10, 500)).toBe('ok');
  expect(state('remove.max', 0, 0)).toBe('ok');
  expect(state('remove.max', 21, 20, false)).toBe('bad');
  expect(state('source_shrink', 12.7, 10)).toBe('past');
  expect(state('source_min', 1, 1)).toBe('ok');
  expect(state('source_min', 51, 50)).toBe('close');
});

import { expect, test } from 'vitest';

import { stagesOf } from './stages.ts';

const states = (item: Parameters<typeof stagesOf>[0]) =>
  stagesOf(item)
    .map(({ state }) => state)
    .join(' ');

test('an item stops where it went wrong', () => {
  expect(states({ outcome: 'created' })).toBe('ok ok ok ok ok');
  expect(states({ outcome: 'failed' })).toBe('ok ok ok ok bad');
  expect(states({ outcome: 'invalid' })).toBe('ok ok ok bad open');
  expect(states({ outcome: 'ambiguous' })).toBe('ok bad open open open');
});

test('what a plan would do is not what went wrong', () => {
  const item = { outcome: 'not_attempted', planned: 'do' } as const;
  expect(stagesOf(item, true).map(({ state }) => state)).toEqual(['ok', 'ok', 'ok', 'ok', 'open']);
  // In a run that writes, it is.
  expect(states(item)).toBe('ok ok ok ok bad');
  expect(stagesOf({ outcome: 'invalid', planned: 'invalid' }, true).map(({ state }) => state)).toContain('bad');
});

test('what is planned or skipped is not written', () => {
  expect(states({ planned: 'do' })).toBe('ok ok ok ok open');
  expect(states({ outcome: 'skipped' })).toBe('ok ok ok ok open');
  expect(states({ planned: 'invalid' })).toBe('ok ok ok bad open');
});

import { expect, test } from 'vitest';

import { everyWhile, patchRun, pauseBefore, pollEvery, topicsFor, touchedBy } from './live.ts';

test('pauses grow to half a minute', () => {
  expect([1, 2, 3, 4, 5, 6, 40].map(pauseBefore)).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
});

test('an event changes what it knows of a run, and nothing else', () => {
  const run = { run: 'a', status: 'applying', counts: {}, trigger: { kind: 'manual' }, errors: ['kept'] };
  const event = { run: 'a', status: 'partial', counts: { user: { failed: 1 } }, trigger: 'manual', unheard: 1 };
  expect(patchRun(run, event)).toEqual({
    run: 'a',
    status: 'partial',
    counts: { user: { failed: 1 } },
    trigger: { kind: 'manual' },
    errors: ['kept'],
  });
});

test('while events arrive a page asks rarely, and no less than it says', () => {
  expect(everyWhile('live', 2_000)).toBe(30_000);
  expect(everyWhile('live', 1_000, 5_000)).toBe(5_000);
  expect(everyWhile('live', 60_000)).toBe(60_000);
  expect(everyWhile('broken', 1_000, 5_000)).toBe(1_000);
});

test('without events pages ask as often as they say', () => {
  expect(pollEvery(2_000)()).toBe(2_000);
});

test('the directory is read anew at the end of a run only', () => {
  expect(touchedBy('run', { ended: null })).toEqual(['run']);
  expect(touchedBy('run', { ended: '2026-11-30T08:00:00Z' })).toEqual(['run', 'directory']);
  expect(touchedBy('unheard', {})).toEqual([]);
});

test('nobody asks for news that they may not hear', () => {
  expect(topicsFor(['run:view', 'connection:view'])).toBe('runs,progress,waiting,connections');
  expect(topicsFor(['run:view'])).toBe('runs,progress,waiting');
  expect(topicsFor(['message:send', 'connection:view'])).toBe('');
});

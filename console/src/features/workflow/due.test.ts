import { expect, test } from 'vitest';

import { dueOf } from './due.ts';

test('the next run is that of the schedule that comes first, not of the first one in the text', () => {
  const weekly = { cron: '0 2 * * 1', next: '2026-12-07T02:00:00Z' };
  const daily = { cron: '0 3 * * *', next: '2026-12-01T03:00:00Z' };
  expect(dueOf([weekly, daily])).toBe(daily);
  expect(dueOf([daily, weekly])).toBe(daily);
  expect(dueOf([{ next: null }, { cron: 'x' }, weekly])).toBe(weekly);
  expect(dueOf([{ next: null }])).toBeUndefined();
  expect(dueOf(undefined)).toBeUndefined();
});

import { expect, test } from 'vitest';

import { between, duration, instant, relative, zones } from './time.ts';

test('an instant stands in the zone that was asked for, also over a change of the clock', () => {
  expect(instant('2026-10-25T00:30:00Z', 'zh', 'Europe/Berlin')).toBe('2026/10/25 02:30');
  expect(instant('2026-10-25T01:30:00Z', 'zh', 'Europe/Berlin')).toBe('2026/10/25 02:30');
  expect(instant('2026-10-25T01:30:00Z', 'zh', 'Asia/Shanghai')).toBe('2026/10/25 09:30');
});

test('what is no time or no zone does not break a page', () => {
  expect(instant('soon', 'en')).toBe('soon');
  expect(instant('2026-10-25T01:30:00Z', 'zh', 'Nowhere/Never')).toContain('2026');
});

test('words only below a day', () => {
  const now = Date.parse('2026-11-28T12:00:00Z');
  expect(relative('2026-11-28T11:58:30Z', now, 'zh')).toBe('1 分钟前');
  expect(relative('2026-11-28T14:00:00Z', now, 'en')).toBe('in 2 hours');
  expect(relative('2026-11-27T11:00:00Z', now, 'en')).toBeUndefined();
});

test('durations have their unit', () => {
  expect(duration(840, 'zh')).toBe('840 毫秒');
  expect(duration(200_000, 'en')).toBe('3 min 20 s');
  expect(duration(7_500_000, 'zh')).toBe('2 小时 5 分');
  expect(between('2026-11-28T11:00:00Z', '2026-11-28T11:00:01Z')).toBe(1000);
  expect(between('2026-11-28T11:00:00Z', null)).toBeUndefined();
});

test('UTC can be chosen as a zone, once', () => {
  expect(zones().filter((zone) => zone === 'UTC')).toEqual(['UTC']);
  expect(zones()).toContain('Asia/Shanghai');
});

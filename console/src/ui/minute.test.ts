/** Do times in words go on where nothing else is drawn, by one clock for all of them? */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { minuteNow, onMinute } from './minute.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

test('each minute all that show a time in words are told, by one timer', () => {
  const told: string[] = [];
  const stops = ['a', 'b', 'c'].map((name) => onMinute(() => told.push(name)));
  expect(vi.getTimerCount()).toBe(1);
  const before = minuteNow();
  vi.advanceTimersByTime(59_000);
  expect([told, minuteNow()]).toEqual([[], before]);
  vi.advanceTimersByTime(1_000);
  expect(told).toEqual(['a', 'b', 'c']);
  expect(minuteNow()).not.toBe(before);
  stops[0]?.();
  vi.advanceTimersByTime(60_000);
  expect(told).toEqual(['a', 'b', 'c', 'b', 'c']);
  for (const stop of stops) stop();
  expect(vi.getTimerCount()).toBe(0);
});

test('the clock goes again where one is shown after there was none', () => {
  onMinute(() => undefined)();
  let told = 0;
  const stop = onMinute(() => {
    told += 1;
  });
  vi.advanceTimersByTime(60_000);
  expect(told).toBe(1);
  stop();
});

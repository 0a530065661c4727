/** Do the words say when a rule fires, and nothing where they would not? */
import { expect, test } from 'vitest';

import { dailyCron, dailyTime, scheduleWords } from './schedule.ts';

test.each([
  ['0 2 * * *', '每天 02:00', 'every day at 02:00'],
  ['15 7 * * 1-5', '每周一至周五 07:15', 'Monday to Friday at 07:15'],
  ['30 6 * * MON-FRI', '每周一至周五 06:30', 'Monday to Friday at 06:30'],
  ['30 6 * * 2,4', '每周二、周四 06:30', 'every Tuesday, Thursday at 06:30'],
  ['0 8 * * 7', '每周日 08:00', 'every Sunday at 08:00'],
  ['0 8 * * 5-7', '每周五至周日 08:00', 'Friday to Sunday at 08:00'],
  ['0 9,18 * * *', '每天 09:00、18:00', 'every day at 09:00, 18:00'],
  ['0 2 1,15 * *', '每月 1、15 日 02:00', 'each month on day 1, 15 at 02:00'],
  ['0 2 L * *', '每月最后一天 02:00', 'on the last day of each month at 02:00'],
  ['*/15 * * * *', '每 15 分钟', 'every 15 minutes'],
  ['5 * * * *', '每小时的第 5 分', 'every hour at minute 5'],
])('%s', (cron, zh, en) => {
  expect(scheduleWords(cron)).toEqual({ zh, en });
});

test.each([
  '',
  'hello',
  '0 25 * * *',
  '99 * * * *',
  '0 2 1 * 1',
  '0 2 * 1 *',
  '*/7 * * * *',
  '0 2 * * 9',
  '0 0 2 * * *',
])('no words for %j', (cron) => {
  expect(scheduleWords(cron)).toBeUndefined();
});

test('a daily time goes to a rule and back; other rules are no daily time', () => {
  expect(dailyCron('06:05')).toBe('5 6 * * *');
  expect(dailyTime('5 6 * * *')).toBe('06:05');
  for (const other of ['5 6 * * 1', '5 26 * * *', '*/5 6 * * *', '']) expect(dailyTime(other)).toBeUndefined();
});

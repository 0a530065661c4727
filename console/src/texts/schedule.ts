/** When does a schedule fire, in words? The usual rules of cron; nothing where words would be longer than the rule, or wrong. */
import type { Text } from './language.ts';

const days = [
  { zh: '周日', en: 'Sunday' },
  { zh: '周一', en: 'Monday' },
  { zh: '周二', en: 'Tuesday' },
  { zh: '周三', en: 'Wednesday' },
  { zh: '周四', en: 'Thursday' },
  { zh: '周五', en: 'Friday' },
  { zh: '周六', en: 'Saturday' },
] as const;
const names = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** The numbers of a field; undefined where it is no list of numbers and ranges. */
function numbers(field: string, least: number, most: number): number[] | undefined {
  const found: number[] = [];
  for (const part of field.toLowerCase().split(',')) {
    const [, first = '', last = first] = /^(\w+)(?:-(\w+))?$/.exec(part) ?? [];
    const [from, to] = [first, last].map((word) => (/^\d+$/.test(word) ? Number(word) : names.indexOf(word)));
    if (from === undefined || to === undefined || from < least || to > most || from > to) return undefined;
    for (let n = from; n <= to; n += 1) found.push(n);
  }
  return found;
}

function two(n: number): string {
  return String(n).padStart(2, '0');
}

/** Days of the week: a row of more than two is told by its ends. */
function week(field: string): Text | undefined {
  const found = numbers(field, 0, 7)?.map((day) => day % 7);
  if (found === undefined) return undefined;
  const run = found.length > 2 && found.every((day, at) => at === 0 || day === ((found[at - 1] ?? 0) + 1) % 7);
  const [first, last] = [days[found[0] ?? 0], days[found.at(-1) ?? 0]];
  if (run && first && last) return { zh: `每${first.zh}至${last.zh}`, en: `${first.en} to ${last.en}` };
  return {
    zh: `每${found.map((day) => days[day]?.zh ?? '').join('、')}`,
    en: `every ${found.map((day) => days[day]?.en ?? '').join(', ')}`,
  };
}

function daysOf(ofMonth: string, month: string, ofWeek: string): Text | undefined {
  // Days of the month and of the week together mean one or the other: nothing that a few words say safely.
  if (month !== '*' || (ofMonth !== '*' && ofWeek !== '*')) return undefined;
  if (ofWeek !== '*') return week(ofWeek);
  if (ofMonth === '*') return { zh: '每天', en: 'every day' };
  if (ofMonth.toUpperCase() === 'L') return { zh: '每月最后一天', en: 'on the last day of each month' };
  const found = numbers(ofMonth, 1, 31);
  if (found === undefined || found.length > 5) return undefined;
  return { zh: `每月 ${found.join('、')} 日`, en: `each month on day ${found.join(', ')}` };
}

/** A rule in words; undefined where there are none. */
export function scheduleWords(cron: string): Text | undefined {
  const [minute = '', hour = '', ofMonth = '', month = '', ofWeek = '', ...more] = cron.trim().split(/\s+/);
  if (ofWeek === '' || more.length > 0) return undefined;
  const on = daysOf(ofMonth, month, ofWeek);
  if (on === undefined) return undefined;
  const every = /^\*\/(\d+)$/.exec(minute)?.[1];
  const always = ofMonth === '*' && ofWeek === '*';
  if (hour === '*' && always) {
    if (minute === '*') return { zh: '每分钟', en: 'every minute' };
    // 60 / n: else the distances differ at the full hour.
    if (every && 60 % Number(every) === 0) return { zh: `每 ${every} 分钟`, en: `every ${every} minutes` };
    if (/^\d+$/.test(minute) && Number(minute) < 60)
      return { zh: `每小时的第 ${Number(minute)} 分`, en: `every hour at minute ${Number(minute)}` };
    return undefined;
  }
  const minutes = numbers(minute, 0, 59);
  const hours = numbers(hour, 0, 23);
  if (minutes?.length !== 1 || hours === undefined || hours.length > 6) return undefined;
  const times = hours.map((at) => `${two(at)}:${two(minutes[0] ?? 0)}`);
  return { zh: `${on.zh} ${times.join('、')}`, en: `${on.en} at ${times.join(', ')}` };
}

/** The time of a rule that fires once a day, as `HH:mm`. */
export function dailyTime(cron: string): string | undefined {
  const found = /^(\d{1,2}) (\d{1,2}) \* \* \*$/.exec(cron.trim());
  if (!found) return undefined;
  const [, minute = '', hour = ''] = found;
  if (Number(minute) > 59 || Number(hour) > 23) return undefined;
  return `${hour.padStart(2, '0')}:${minute.padStart(2, '0')}`;
}

/** The rule that fires once a day at a time written `HH:mm`. */
export function dailyCron(time: string): string {
  const [hour = '2', minute = '0'] = time.split(':');
  return `${Number(minute)} ${Number(hour)} * * *`;
}

/** Where does a form edit a rule, which draft goes with a version, and is nothing lost that is typed meanwhile? */
import { expect, test } from 'vitest';

import {
  addSchedule,
  changeSchedule,
  goesWith,
  isOthers,
  madeFrom,
  removeSchedule,
  rulesOf,
  schedulesIn,
  typedIn,
  worked,
} from './rules.ts';

test('a plain rule is edited at its field, one with more at its value, others are left to the text', () => {
  const content = {
    mappings: { user: { fields: { name: '{{source.name}}', mail: { value: 'x', when_empty: 'omit' }, on: true } } },
  };
  expect(rulesOf(content, 'user')).toEqual([
    { field: 'name', value: '{{source.name}}', path: ['mappings', 'user', 'fields', 'name'] },
    { field: 'mail', value: 'x', path: ['mappings', 'user', 'fields', 'mail', 'value'] },
  ]);
  expect(rulesOf(content, 'none')).toEqual([]);
  expect(rulesOf(undefined, 'user')).toEqual([]);
});

test('a saved text takes along its own draft and earlier states of it, not what others wrote or what is typed on', () => {
  const saved = { text: 'W', ours: '"1"', typed: 'W' };
  expect(goesWith({ text: 'W', etag: '"2"' }, saved)).toBe(true);
  expect(goesWith({ text: 'D1', etag: '"1"' }, saved)).toBe(true);
  expect(goesWith({ text: 'D1', etag: '"2"' }, saved)).toBe(false);
  expect(goesWith({ text: 'X', etag: '"1"' }, { ...saved, typed: 'X' })).toBe(false);
  expect(goesWith({ text: 'D1', etag: '"1"' }, { ...saved, ours: undefined })).toBe(false);
});

test('what is typed while a work is done is in what comes out, however often', async () => {
  let now = 'a';
  const typed = ['ab', 'abc'];
  const seen: string[] = [];
  const after = await worked(
    () => now,
    (text) => {
      seen.push(text);
      now = typed.shift() ?? now;
      return Promise.resolve({ text: text.toUpperCase() });
    },
  );
  expect(seen).toEqual(['a', 'ab', 'abc']);
  expect(after).toBe('ABC');
});

test('schedules are edited where they stand, alone or in a list, and what else they say stays', () => {
  const one = { cron: '0 2 * * *', timezone: 'Asia/Shanghai', inputs: { remove_leavers: true } };
  const [alone] = schedulesIn({ on: { schedule: one } });
  expect(alone).toEqual({ cron: '0 2 * * *', timezone: 'Asia/Shanghai', path: ['on', 'schedule'] });
  const listed = schedulesIn({ on: { schedule: [one, { cron: '5 * * * *' }, { catchup: 'all' }] } });
  expect(listed.map(({ path }) => path)).toEqual([
    ['on', 'schedule', 0],
    ['on', 'schedule', 1],
  ]);
  expect(changeSchedule(listed[1] as never, { cron: '6 * * * *', timezone: 'UTC' })).toEqual([
    { path: ['on', 'schedule', 1, 'cron'], kind: 'set', value: '6 * * * *' },
    { path: ['on', 'schedule', 1, 'timezone'], kind: 'set', value: 'UTC' },
  ]);
  expect(changeSchedule(alone as never, { cron: '0 2 * * *', timezone: 'Asia/Shanghai' })).toEqual([]);
  // Without a zone it runs by UTC: another time writes no zone.
  expect(changeSchedule(listed[1] as never, { cron: '6 * * * *' })).toEqual([
    { path: ['on', 'schedule', 1, 'cron'], kind: 'set', value: '6 * * * *' },
  ]);
  for (const content of [undefined, {}, { on: { manual: true } }]) expect(schedulesIn(content)).toEqual([]);
});

test('a schedule is added to those that there are, and the last one goes with its list', () => {
  const added = { cron: '0 3 * * *', timezone: 'UTC' };
  const one = { cron: '0 2 * * *', inputs: { a: 1 } };
  expect(addSchedule({ on: { manual: true } }, added)).toEqual([
    { path: ['on', 'schedule'], kind: 'set', value: [added] },
  ]);
  expect(addSchedule({ on: { schedule: one } }, added)).toEqual([
    { path: ['on', 'schedule'], kind: 'set', value: [one, added] },
  ]);
  expect(addSchedule({ on: { schedule: [one] } }, added)).toEqual([
    { path: ['on', 'schedule', 1], kind: 'insert', value: added },
  ]);
  const two = schedulesIn({ on: { schedule: [one, added] } });
  expect(removeSchedule(two, two[0] as never)).toEqual([{ path: ['on', 'schedule', 0], kind: 'remove' }]);
  expect(removeSchedule(two.slice(1), two[1] as never)).toEqual([{ path: ['on', 'schedule'], kind: 'remove' }]);
});

test('what is typed says what it was made on, also after a reload; a text alone is read as one of unknown making', () => {
  const typed = { text: 'mine', on: '"1"', base: 3 };
  expect(typedIn(JSON.parse(JSON.stringify(typed)))).toEqual(typed);
  expect(typedIn(JSON.parse(JSON.stringify({ ...typed, on: undefined })))).toEqual({ text: 'mine', base: 3 });
  expect(typedIn('mine')).toEqual({ text: 'mine' });
  for (const kept of [undefined, null, 1, {}, { text: 1 }]) expect(typedIn(kept)).toBeUndefined();
});

test('a draft that this page neither wrote nor went on from is not written over without a question', () => {
  const theirs = { text: 'theirs', etag: '"2"' };
  const here = { ours: typedIn({ text: 'mine', on: '"1"' })?.on, saved: 'saved', typed: 'mine' };
  expect(isOthers(theirs, here)).toBe(true);
  expect(isOthers(theirs, { ...here, ours: typedIn('mine')?.on })).toBe(true);
  expect(isOthers(theirs, { ...here, ours: '"2"' })).toBe(false);
  // Nothing of it would be lost.
  expect(isOthers({ ...theirs, text: 'mine' }, here)).toBe(false);
  expect(isOthers({ ...theirs, text: 'saved' }, here)).toBe(false);
});

test('the version that a text was made from is that of what was typed, not the newest', () => {
  const of = { saved: { text: 'V5', version: 5 }, typed: undefined, kept: undefined, first: 4 };
  expect(madeFrom(of)).toBe(5);
  expect(madeFrom({ ...of, typed: { text: 'mine', base: 3 } })).toBe(3);
  expect(madeFrom({ ...of, kept: { text: 'theirs', base: 2 } })).toBe(2);
  expect(madeFrom({ ...of, typed: { text: 'mine', base: 3 }, kept: { text: 'theirs', base: 2 } })).toBe(3);
  expect(madeFrom({ ...of, typed: { text: 'V5', base: 3 } })).toBe(5);
  expect(madeFrom({ ...of, typed: { text: 'mine' }, kept: { text: 'theirs', base: null } })).toBe(4);
});

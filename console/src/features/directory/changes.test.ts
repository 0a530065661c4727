import { expect, test } from 'vitest';

import { changes, customOf, given, leadsOf, ownOf, withLeads } from './changes.ts';

const field = (name: string, value: unknown, masked = false) => ({
  name,
  title: { zh: name, en: name },
  value: value as Record<string, never>,
  masked,
  editable: true,
});

test('only what was typed is sent, and an emptied field is taken away', () => {
  const object = {
    fields: [field('name', '李雷'), field('title', '工程师'), field('nickname', null), field('order', 3)],
  };
  expect(changes(object, { name: '李雷', title: '', nickname: undefined, order: 3 })).toEqual({ title: null });
  expect(changes(object, { name: '李磊', title: '工程师' })).toEqual({ name: '李磊' });
});

test('a hidden value stays unless another one is typed', () => {
  const object = { fields: [field('mobile', '138****8000', true)] };
  expect(changes(object, { mobile: undefined })).toEqual({});
  expect(changes(object, { mobile: '13900139000' })).toEqual({ mobile: '13900139000' });
});

test('what is empty is left out of something new', () => {
  expect(given({ name: '甲', mobile: '', email: undefined, departments: ['a'] })).toEqual({
    name: '甲',
    departments: ['a'],
  });
});

test('fields of one’s own keep what they are: a number a number, a flag a flag', () => {
  const before = { 工位: 'A-12', 级别: 7, 外派: false };
  expect(ownOf(before)).toEqual([
    { name: '工位', value: 'A-12' },
    { name: '级别', value: '7' },
    { name: '外派', value: 'false' },
  ]);
  expect(customOf(ownOf(before), before)).toEqual(before);
  expect(customOf([{ name: '级别', value: '八' }, { name: ' 工位 ', value: 'B' }, { name: '空' }], before)).toEqual({
    级别: '八',
    工位: 'B',
  });
  expect(customOf([], before)).toBeNull();
  const object = { fields: [field('custom', before)] };
  expect(changes(object, { custom: ownOf({ 外派: false, 级别: 7, 工位: 'A-12' }) })).toEqual({});
  expect(changes(object, { custom: [] })).toEqual({ custom: null });
});

test('managers and leaders are lists: the same list is no change, and a leader stays in the departments', () => {
  const members = [
    { department: 'a', leader: true },
    { department: 'b', leader: false },
  ];
  const object = { fields: [field('managers', ['x', 'y']), field('departments', members)] };
  expect(leadsOf(members)).toEqual(['a']);
  expect(changes(object, { managers: ['x', 'y'], departments: withLeads(members, ['a']) as never })).toEqual({});
  expect(changes(object, { managers: [], departments: withLeads(members, ['b']) as never })).toEqual({
    managers: null,
    departments: [
      { department: 'a', leader: false },
      { department: 'b', leader: true },
    ],
  });
});

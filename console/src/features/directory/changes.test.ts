import { expect, test } from 'vitest';

import { changes, given } from './changes.ts';

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

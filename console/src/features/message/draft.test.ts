import { expect, test } from 'vitest';

import { bytesOf, emptyDraft, keyIn, sentOf, wrongWith } from './draft.ts';

const someone = { ...emptyDraft, people: [{ id: 'u1', label: '李娜' }] };

test('a message needs somebody and something, and bytes are counted as WeCom does', () => {
  expect(wrongWith(emptyDraft)).toBe('noOne');
  expect(wrongWith(someone)).toBe('noContent');
  expect(bytesOf('中𠮷')).toBe(7);
  expect(wrongWith({ ...someone, content: '中'.repeat(682) })).toBeUndefined();
  expect(wrongWith({ ...someone, content: '中'.repeat(683) })).toBe('tooLong');
  expect(wrongWith({ ...someone, form: 'card', title: 'x' })).toBe('noContent');
});

test('everybody is confirmed and has no receivers; only the chosen form is sent', () => {
  const all = sentOf({ ...someone, everybody: true, content: 'x' }, { check: false, skip: true });
  expect(all).toEqual({ send_all: true, confirm_all: true, text: 'x', only_check: false });
  const card = sentOf(
    { ...someone, form: 'card', content: 'x', title: 't', url: 'https://a.example' },
    { check: true, skip: false },
  );
  expect(card).toEqual({
    receivers: ['u1'],
    departments: [],
    tags: [],
    skip_unbound: false,
    card: { title: 't', url: 'https://a.example' },
    only_check: true,
  });
});

test('a draft that was kept is sent under the key that it had', () => {
  expect(keyIn({ ...someone, key: 'k' })).toBe('k');
  for (const other of [someone, { ...someone, key: 1 }, undefined, 'x']) expect(keyIn(other)).toBeUndefined();
});

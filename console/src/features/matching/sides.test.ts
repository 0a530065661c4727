import { expect, test } from 'vitest';

import { isThere, sidesOf, together } from './sides.ts';

test('a member that could be several people, and a person who could be several members', () => {
  expect(sidesOf({ key: 'wx1', item: 'u:wx1' }, 'person')).toEqual({ key: 'wx1', candidate: 'person' });
  expect(sidesOf({ key: null, item: 'u:person' }, 'wx2')).toEqual({ key: 'wx2', candidate: 'person' });
});

test('a person who is not the only one for a member: the member is the key, the person the other side', () => {
  expect(sidesOf({ key: 'wx1', item: 'u:person' }, 'wx1')).toEqual({ key: 'wx1', candidate: 'person' });
});

test('the object of a connection has its key; a person of the directory has another', () => {
  expect(isThere({ key: 'wx1', item: 'u:wx1' })).toBe(true);
  expect(isThere({ key: null, item: 'u:person' })).toBe(false);
  expect(isThere({ key: 'wx1', item: 'u:person' })).toBe(false);
});

/** A member with these people as candidates. */
const pair = (item: string, ...candidates: string[]) => ({
  candidates: candidates.map((key) => ({ key, label: key })),
  connection: 'main',
  item: `u:${item}`,
  key: item,
  kind: 'user',
  name: item,
  run: 'r',
  with: 'directory',
  workflow: 'w',
});

test('two objects with one candidate are not decided together', () => {
  const [alone, one, other, several] = [pair('a', 'p'), pair('b', 'q'), pair('c', 'q'), pair('d', 'r', 's')];
  expect([...together([alone, one, other, several])]).toEqual([alone]);
  expect([...together([pair('e', 'r'), several])]).toEqual([]);
});

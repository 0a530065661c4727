import { expect, test } from 'vitest';

import { sidesOf } from './sides.ts';

test('a member that could be several people, and a person who could be several members', () => {
  expect(sidesOf({ key: 'wx1', item: 'u:wx1' }, 'person')).toEqual({ key: 'wx1', candidate: 'person' });
  expect(sidesOf({ key: null, item: 'u:person' }, 'wx2')).toEqual({ key: 'wx2', candidate: 'person' });
});

test('a person who is not the only one for a member: the member is the key, the person the other side', () => {
  expect(sidesOf({ key: 'wx1', item: 'u:person' }, 'wx1')).toEqual({ key: 'wx1', candidate: 'person' });
});

import { expect, test } from 'vitest';

import { answersOf, apartOf, changesOf, isBeside, isThere, keyOf, offeredOf, sidesOf, together } from './sides.ts';

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

test('a later row of an object is about the same object', () => {
  expect(keyOf({ key: null, item: 'u:person+' })).toBe('person');
  expect(sidesOf({ key: 'wx1', item: 'u:wx1+' }, 'person')).toEqual({ key: 'wx1', candidate: 'person' });
  // A key may end so, too.
  expect(keyOf({ key: 'a+', item: 'u:a+' })).toBe('a+');
});

test('a member and a person who are about the same one are not decided together', () => {
  /** A person with these members as candidates. */
  const person = (item: string, ...members: string[]) => ({
    ...pair(item, ...members),
    key: members[1] ? null : (members[0] ?? null),
  });
  const [member, other] = [pair('wx1', 'p'), pair('wx9', 'q')];
  expect([...together([member, person('p', 'wx2'), other])]).toEqual([other]);
  expect([...together([member, person('r', 'wx1'), other])]).toEqual([other]);
  // The same pair, asked from both sides, is decided once.
  expect([...together([member, person('p', 'wx1'), other])]).toEqual([other]);
  expect([...together([member, person('s', 'wx3', 'wx1'), other])]).toEqual([other]);
});

test('a person is neither made nor left alone by an answer about a member', () => {
  const error = { code: 'key_given_again' } as never;
  expect(answersOf({ key: 'wx1', item: 'u:wx1' })).toEqual({ create: true, ignore: true });
  expect(answersOf({ key: 'wx1', item: 'u:person' })).toEqual({ create: false, ignore: false });
  expect(answersOf({ key: 'wx1', item: 'u:person', error })).toEqual({ create: true, ignore: false });
  expect(answersOf({ key: null, item: 'u:person', error })).toEqual({ create: false, ignore: false });
});

test('whoever would be made beside namesakes is said to be none of them, pair by pair', () => {
  const person = { key: null, item: 'u:person', candidates: ['wx1', 'wx2'].map((key) => ({ key, label: key })) };
  expect(apartOf(person)).toEqual([
    { key: 'wx1', candidate: 'person' },
    { key: 'wx2', candidate: 'person' },
  ]);
  expect(isBeside({ error: { code: 'made_beside' } as never })).toBe(true);
  expect(isBeside({})).toBe(false);
});

test('objects that share only a name are not decided together', () => {
  const beside = { ...pair('a', 'p'), error: { code: 'made_beside' } as never };
  const other = { ...pair('b', 'q'), error: { code: 'candidate' } as never };
  expect([...together([beside, other])]).toEqual([other]);
});

const decision = (choice: 'same' | 'other' | 'create' | 'ignore', key: string, candidate: string | null) => ({
  at: '',
  by: '',
  candidate,
  choice,
  connection: 'main',
  key,
  kind: 'user',
  why: '',
  with: 'directory',
});

test('what was decided about a member can be changed to each other answer', () => {
  const open = pair('wx1', 'p', 'q');
  expect(offeredOf(open)).toEqual({ same: ['p', 'q'], apart: false, create: true, ignore: true });
  const as = (choice: 'same' | 'create' | 'ignore', candidate: string | null = null) =>
    offeredOf({ ...open, decided: [decision(choice, 'wx1', candidate)] });
  expect(as('same', 'p')).toEqual({ same: ['q'], apart: false, create: true, ignore: true });
  expect(as('create')).toEqual({ same: ['p', 'q'], apart: false, create: false, ignore: true });
  expect(as('ignore')).toEqual({ same: ['p', 'q'], apart: false, create: true, ignore: false });
});

test('a person who was given a member gets another one after that is taken back with the member', () => {
  const person = { ...pair('person', 'wx1', 'wx2'), key: null };
  expect(offeredOf(person).same).toEqual(['wx1', 'wx2']);
  const given = { ...person, decided: [decision('same', 'wx1', 'person')] };
  expect(offeredOf(given)).toEqual({ same: [], apart: false, create: false, ignore: false });
  const apart = { ...person, decided: [decision('other', 'wx1', 'person')] };
  expect(offeredOf(apart).same).toEqual(['wx1', 'wx2']);
});

test('to what a decision can be changed by itself', () => {
  expect(changesOf(decision('same', 'a', 'p'))).toEqual(['create', 'ignore']);
  expect(changesOf(decision('create', 'a', null))).toEqual(['ignore']);
  expect(changesOf(decision('ignore', 'a', null))).toEqual(['create']);
  expect(changesOf(decision('other', 'a', 'p'))).toEqual(['same']);
});

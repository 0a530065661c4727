import { expect, test } from 'vitest';

import { candidateOf, memberOf, objectOf } from './called.ts';

/** A pair of a connection and another one, about one object. */
const pair = (given: { name: string; item: string; key: string | null; connection: string; with: string }) => ({
  ...given,
  candidates: [],
  kind: 'user',
  run: 'r',
  workflow: 'w',
});
const member = pair({ name: '李伟', item: 'u:wx1', key: 'wx1', connection: 'main', with: 'directory' });
const person = pair({ name: '李伟 (p0001)', item: 'u:01J', key: null, connection: 'main', with: 'directory' });
const between = pair({ name: '李伟', item: 'u:7', key: '7', connection: 'hr', with: 'main' });

test('each side is called by its own system, and only accounts of a connection are told', () => {
  expect(objectOf(member, '目录')).toBe('李伟（wx1，main）');
  expect(candidateOf(member, { key: '01J', label: '李伟 (p0001)', department: '销售部' }, '目录')).toBe(
    '李伟 (p0001)（销售部，目录）',
  );
  expect(objectOf(person, '目录')).toBe('李伟 (p0001)（目录）');
  expect(candidateOf(person, { key: 'wx1', label: '李伟' }, '目录')).toBe('李伟（wx1，main）');
});

test('where both sides are connections, neither is called the directory', () => {
  expect(objectOf(between, '目录')).toBe('李伟（7，hr）');
  expect(candidateOf(between, { key: 'wx1', label: '李伟' }, '目录')).toBe('李伟（wx1，main）');
});

test('what stands in the name by chance is told all the same; an account that the name tells is not', () => {
  const named = { ...member, name: '李 main', item: 'u:李', key: '李' };
  expect(objectOf(named, '目录')).toBe('李 main（李，main）');
  expect(candidateOf(person, { key: 'wx1', label: '李伟 (wx1)' }, '目录')).toBe('李伟 (wx1)（main）');
  expect(candidateOf(person, { key: 'wx1', label: 'wx1' }, '目录')).toBe('wx1（main）');
});

const bound = (who: string) => `已绑定 ${who}`;

test('somebody of another system is told by account, departments and number, and by who it is already', () => {
  const one = { key: 'wx1', label: '李伟', departments: ['示例公司/销售部'], mobile: '154****0006', number: null };
  expect(memberOf({ ...one, linked: null }, bound)).toBe('李伟 · wx1 · 示例公司/销售部 · 154****0006');
  expect(memberOf({ ...one, linked: { id: '01J', label: '李伟 (p1)' } }, bound)).toMatch(/ · 已绑定 李伟 \(p1\)$/);
  expect(memberOf({ key: 'wx1', label: 'wx1', departments: [] }, bound)).toBe('wx1');
});

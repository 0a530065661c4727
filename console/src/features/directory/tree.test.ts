import { expect, test } from 'vitest';

import { departmentsOf, pathOf, treeOf } from './tree.ts';

const department = (id: string, parent?: string) => ({ id, name: `名${id}`, parent });

test('departments stand below their parents, whatever their order', () => {
  const tree = treeOf([department('c', 'b'), department('a'), department('b', 'a')]);
  expect(tree.map(({ key }) => key)).toEqual(['a']);
  expect(tree[0]?.children[0]?.children[0]?.key).toBe('c');
});

test('a missing parent or a circle loses nobody', () => {
  const tree = treeOf([department('x', 'gone'), department('p', 'q'), department('q', 'p')]);
  expect(tree.map(({ key }) => key).toSorted()).toEqual(['p', 'q', 'x']);
});

test('a path is by name, and ends', () => {
  expect(pathOf([department('a'), department('b', 'a')], 'b')).toBe('/名a/名b');
  expect(pathOf([department('p', 'q'), department('q', 'p')], 'p').length).toBeLessThan(500);
  expect(pathOf([], 'z')).toBe('z');
});

test('the departments of a person are told by name; those that nobody knows are left out', () => {
  const names = new Map([
    ['a', '研发部'],
    ['b', '销售部'],
  ]);
  expect(
    departmentsOf({ departments: [{ department: 'b', leader: true }, 'a', { department: 'x' }, null] }, names),
  ).toEqual(['销售部', '研发部']);
  for (const departments of [undefined, null, 'a', []]) expect(departmentsOf({ departments }, names)).toEqual([]);
});

import { expect, test } from 'vitest';

import { accountsOf } from './accounts.ts';

const open = [
  {
    key: null,
    item: 'u:01J',
    name: '李伟 (p0001)',
    kind: 'user',
    at: null,
    candidates: [
      { key: 'wx0001', label: '李伟 (wx0001)', department: '销售部' },
      { key: 'wx0151', label: '李伟 (wx0151)', department: null },
    ],
  },
  { key: 'wx9', item: 'u:wx9', name: '李静', kind: 'user', at: '运营部', candidates: [{ key: '01K', label: '李静' }] },
  { key: 'd1', item: 'd:d1', name: '李部门', kind: 'department', at: null, candidates: [] },
];

test('candidates of somebody here, and members whom somebody could be, are accounts there; people and departments are none', () => {
  expect(accountsOf([], open, '李').map(({ key, department }) => `${key} ${department ?? '—'}`)).toEqual([
    'wx0001 销售部',
    'wx0151 —',
    'wx9 运营部',
  ]);
});

test('what is bound is told with whom, and not as free', () => {
  const links = [{ key: 'wx0001', label: '李伟 (p0151)', kind: 'user' }];
  expect(accountsOf(links, open, 'WX0001')).toEqual([
    { key: 'wx0001', label: '', department: undefined, boundTo: '李伟 (p0151)' },
  ]);
});

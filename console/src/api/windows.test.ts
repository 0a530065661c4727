import { expect, test } from 'vitest';

import { reachOf } from './windows.ts';

const rows = (n: number) => Array.from({ length: n }, (_, at) => at);

test('a list is as long as its total says, and its last piece knows better', () => {
  expect(reachOf(new Map([[0, { items: rows(200), next: '200', total: 100_000 }]]), 200)).toEqual({
    count: 100_000,
    open: false,
  });
  const two = new Map([
    [0, { items: rows(200), next: '200', total: 450 }],
    [2, { items: rows(31) }],
  ]);
  expect(reachOf(two, 200)).toEqual({ count: 431, open: false });
});

test('without a total it grows piece by piece, and nothing at all has no rows', () => {
  expect(reachOf(new Map([[0, { items: rows(200), next: '9' }]]), 200)).toEqual({ count: 200, open: true });
  expect(reachOf(new Map([[0, { items: [] }]]), 200)).toEqual({ count: 0, open: false });
  expect(reachOf(new Map(), 200)).toEqual({ count: 0, open: true });
});

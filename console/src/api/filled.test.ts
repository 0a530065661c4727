import { expect, test } from 'vitest';

import { filled, mostCalls } from './filled.ts';

/** A list of which the server drops all but those numbers after it cut the page. */
function listOf(length: number, kept: readonly number[]) {
  const calls: [string | undefined, number][] = [];
  const ask = (cursor: string | undefined, limit: number) => {
    calls.push([cursor, limit]);
    const from = Number(cursor ?? 0);
    const to = Math.min(from + limit, length);
    const items = kept.filter((one) => one >= from && one < to);
    return Promise.resolve({ items, ...(to < length ? { next: String(to) } : {}) });
  };
  return { calls, ask };
}

test('an empty page with more behind it is not the end', async () => {
  const list = listOf(1000, [170, 171]);
  expect(await filled(list.ask, undefined, 50)).toEqual({ items: [170, 171], next: '350' });
  expect(list.calls).toEqual([
    [undefined, 50],
    ['50', 100],
    ['150', 200],
  ]);
});

test('a page that has something is taken as it is, and so is the end', async () => {
  const list = listOf(60, [3]);
  expect(await filled(list.ask, undefined, 50)).toEqual({ items: [3], next: '50' });
  expect(await filled(list.ask, '50', 50)).toEqual({ items: [] });
});

test('it looks so far and no farther, and says that there is more', async () => {
  const list = listOf(1_000_000, []);
  const page = await filled(list.ask, undefined, 50);
  expect(page.items).toEqual([]);
  expect(page.next).toBeDefined();
  expect(list.calls.length).toBe(mostCalls);
});

import { afterEach, expect, test, vi } from 'vitest';

import { answered } from '#/api/answered';

const asked: URL[] = [];
answered((request: Request) => {
  asked.push(new URL(request.url));
  return Promise.resolve(Response.json({ items: [] }));
});

// Made with what stands there when it is imported.
const { QueryClient } = await import('@tanstack/react-query');
const { dayQuery } = await import('./queries.ts');

afterEach(() => {
  vi.useRealTimers();
});

test('a page that stays open counts the last day, and not all days since it was opened', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const client = new QueryClient();
  vi.setSystemTime('2026-11-27T08:00:00Z');
  const opened = dayQuery();
  await client.fetchQuery(opened);
  vi.setSystemTime('2026-11-30T08:00:00Z');
  await client.fetchQuery({ ...opened, staleTime: 0 });
  expect(asked.map((address) => address.searchParams.get('since'))).toEqual([
    '2026-11-26T08:00:00.000Z',
    '2026-11-29T08:00:00.000Z',
  ]);
});

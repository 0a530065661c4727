import { QueryClient, QueryObserver } from '@tanstack/react-query';
import { expect, test } from 'vitest';

import { heardOf, stale } from './stale.ts';

const long = ['/runs', {}, 't', 'pages'];
const short = ['/runs', { query: { state: 'held' } }, 't', 'pages'];
const tree = ['/directory/objects', 'departments', 't'];

function filled(): QueryClient {
  const client = new QueryClient();
  client.setQueryData(long, { pages: [{ items: [] }, { items: [] }], pageParams: [undefined, 'a'] });
  client.setQueryData(short, { pages: [{ items: [] }], pageParams: [undefined] });
  client.setQueryData(tree, []);
  return client;
}

const old = (client: QueryClient) => [long, short, tree].map((key) => client.getQueryState(key)?.isInvalidated);

test('news of others leave a list of which more than a page was read; a deed has it asked again', async () => {
  const client = filled();
  await heardOf(client, ['run']);
  expect(old(client)).toEqual([false, true, false]);
  await stale(client, ['run']);
  expect(old(client)).toEqual([true, true, false]);
});

test('nobody waits until all departments are read anew', async () => {
  const client = filled();
  let asked = 0;
  const watched = new QueryObserver(client, {
    queryKey: tree,
    queryFn: () => {
      asked += 1;
      // It takes longer than anybody waits.
      return new Promise<never>(() => {});
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
  const leave = watched.subscribe(() => {});
  await stale(client, ['directory']);
  expect(asked).toBe(1);
  leave();
});

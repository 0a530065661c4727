/** What does the overview ask for? Some of it is asked while the scripts of the page are still on their way. */
import { type QueryClient, queryOptions } from '@tanstack/react-query';

import { currentTenant, fetchNow, read } from '#/api/client';
import { pollEvery } from '#/api/live';
import { readSome } from '#/api/pages';
import { hoursAgo } from '#/base/time';

const often = pollEvery(15_000);
const seldom = pollEvery(30_000);

/** The runs of the last day, as it is when they are asked for: a page that stays open counts no more than a day. */
export function dayQuery() {
  const asked = queryOptions({
    queryKey: ['/runs', 'last day', currentTenant()] as const,
    queryFn: ({ signal }) => fetchNow('/runs', { query: { since: hoursAgo(24), limit: 500 } }, signal),
  });
  return { ...asked, refetchInterval: often };
}

export function heldQuery() {
  return { ...readSome('/runs', { query: { state: 'held', limit: 100 } }), refetchInterval: often };
}

export function removalsQuery() {
  return { ...read('/removals', { query: { state: 'waiting', limit: 1 } }), refetchInterval: often };
}

/** What was decided waits for nobody. */
export function pairsQuery() {
  return read('/matching', { query: { filter: 'open', limit: 1 } });
}

export function failuresQuery() {
  return { ...readSome('/failures', { query: { limit: 50, open: true } }), refetchInterval: seldom };
}

export function schedulesQuery() {
  return read('/workflows', { query: { limit: 500 } });
}

export function connectionsQuery() {
  return { ...read('/connections', { query: { limit: 100 } }), refetchInterval: seldom };
}

export function directoryQuery() {
  return read('/directory');
}

export function recentQuery() {
  return { ...read('/runs', { query: { limit: 8 } }), refetchInterval: pollEvery(5_000) };
}

/** Asks for all of it, as far as the viewer may see it. */
export function askForOverview(client: QueryClient, permissions: readonly string[]): void {
  void client.prefetchQuery(recentQuery());
  void client.prefetchQuery(dayQuery());
  void client.prefetchQuery(heldQuery());
  void client.prefetchQuery(removalsQuery());
  void client.prefetchQuery(failuresQuery());
  void client.prefetchQuery(schedulesQuery());
  void client.prefetchQuery(connectionsQuery());
  if (permissions.includes('link:view')) void client.prefetchQuery(pairsQuery());
  if (permissions.includes('directory:view')) void client.prefetchQuery(directoryQuery());
}

/** What does the overview ask for? Some of it is asked while the scripts of the page are still on their way. */
import type { QueryClient } from '@tanstack/react-query';

import { read } from '#/api/client';
import { pollEvery } from '#/api/live';
import { readSome } from '#/api/pages';
import { hoursAgo, now } from '#/base/time';

const often = pollEvery(15_000);
const seldom = pollEvery(30_000);

/** Where the last day begins, by the minute: whoever asks a moment later asks for the same. */
export function aDayAgo(): string {
  return hoursAgo(24, Math.floor(now() / 60_000) * 60_000);
}

/** The runs since then. */
export function dayQuery(since: string) {
  return { ...read('/runs', { query: { since, limit: 500 } }), refetchInterval: often };
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
  void client.prefetchQuery(dayQuery(aDayAgo()));
  void client.prefetchQuery(heldQuery());
  void client.prefetchQuery(removalsQuery());
  void client.prefetchQuery(failuresQuery());
  void client.prefetchQuery(schedulesQuery());
  void client.prefetchQuery(connectionsQuery());
  if (permissions.includes('link:view')) void client.prefetchQuery(pairsQuery());
  if (permissions.includes('directory:view')) void client.prefetchQuery(directoryQuery());
}

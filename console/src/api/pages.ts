/** A list that is read page by page: what is loaded, whether there is more, and how to get it. */
import { queryOptions, useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';

import { type Answer, type Asked, type PathOf, currentTenant, fetchNow } from './client.ts';
import { type PageOf, filled } from './filled.ts';
import { pollEvery } from './live.ts';

type Items<T> = T extends { items: (infer I)[] } ? I : never;

/** The paths that answer a page of a list. */
export type ListPath = {
  [P in PathOf<'get'>]: Answer<'get', P> extends { items: unknown[] } ? P : never;
}[PathOf<'get'>];

export interface Pages<I> {
  /** All rows that are loaded; undefined before the first page came. */
  readonly items: readonly I[] | undefined;
  /** How many there are in all, where the API knows. */
  readonly total: number | undefined;
  readonly error: Error | null;
  readonly busy: boolean;
  readonly hasMore: boolean;
  more: () => void;
  again: () => void;
}

function filledPage<P extends ListPath, I>(
  path: P,
  params: Asked<'get', P> & { query?: object },
  from: string | undefined,
  size: number,
  signal: AbortSignal,
): Promise<PageOf<I>> {
  const ask = (cursor: string | undefined, limit: number) => {
    const query = { ...params.query, limit, ...(cursor === undefined ? {} : { cursor }) };
    return fetchNow(path, { ...params, query }, signal) as Promise<PageOf<I>>;
  };
  return filled(ask, from, size);
}

/** The beginning of a list as a query: so many, and not nothing while there is more. */
export function readSome<P extends ListPath>(path: P, params: Asked<'get', P> & { query: { limit: number } }) {
  return queryOptions({
    queryKey: [path, params, currentTenant()] as const,
    queryFn: ({ signal }) =>
      filledPage<P, Items<Answer<'get', P>>>(path, params, undefined, params.query.limit, signal),
  });
}

/** Reads a list; `every` reads its first page again and again, in ms, while it is short. */
export function usePages<P extends ListPath>(
  path: P,
  params: Asked<'get', P> & { query?: object },
  how: { size?: number; every?: number | false; enabled?: boolean } = {},
): Pages<Items<Answer<'get', P>>> {
  type I = Items<Answer<'get', P>>;
  const query = useInfiniteQuery({
    queryKey: [path, params, currentTenant(), 'pages'] as const,
    queryFn: ({ pageParam, signal }) => {
      return filledPage<P, I>(path, params, pageParam, how.size ?? 50, signal);
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next,
    enabled: how.enabled ?? true,
    // A long list is never asked again as a whole: each page would be a call.
    refetchInterval: (now) =>
      (now.state.data?.pages.length ?? 0) <= 1 ? (how.every ? pollEvery(how.every)() : false) : false,
    refetchOnWindowFocus: (now) => (now.state.data?.pages.length ?? 0) <= 1,
  });
  const items = useMemo(() => query.data?.pages.flatMap((page) => page.items), [query.data]);
  return {
    items,
    total: query.data?.pages[0]?.total,
    error: query.error,
    busy: query.isFetching,
    hasMore: query.hasNextPage,
    more: () => {
      // Several ask at once, each by what it last saw: the page that is underway is waited for, not begun anew.
      void query.fetchNextPage({ cancelRefetch: false });
    },
    again: () => void query.refetch(),
  };
}

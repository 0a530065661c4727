/**
 * A list of which only what is in view is asked for, by its places: the bar covers all of it from the first answer on, and any
 * place can be gone to. Where nobody knows how long it is, it grows as its end is reached.
 */
import { useQueries } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';

import { type Answer, type Asked, currentTenant, fetchNow } from './client.ts';
import { pollEvery } from './live.ts';

type Items<T> = T extends { items: (infer I)[] } ? I : never;
/** The paths whose rows can be asked for by their place. */
export type PlacedPath = '/runs/{id}/items';

interface Piece<I> {
  readonly items: readonly I[];
  readonly next?: string | null;
  readonly total?: number | null;
}

export interface Windows<I> {
  /** How many rows there are, as far as is known; undefined before the first answer. */
  readonly count: number | undefined;
  /** Whether there are more than `count`. */
  readonly open: boolean;
  readonly error: Error | null;
  /** The row of a place; undefined while it is on its way. */
  row: (place: number) => I | undefined;
  /** Says which places are in view. */
  onView: (first: number, last: number) => void;
  again: () => void;
}

/** How far a list goes, by the pieces that are there: to its end, to its total, or one row after what was read. */
export function reachOf(pieces: ReadonlyMap<number, Piece<unknown>>, size: number): { count: number; open: boolean } {
  let most = 0;
  let open = true;
  let total: number | undefined;
  for (const [number, { items, next, total: all }] of pieces) {
    if (items.length > 0 || number === 0) most = Math.max(most, number * size + items.length);
    if (!next && (items.length > 0 || number === 0)) open = false;
    if (number === 0 && typeof all === 'number') total = all;
  }
  if (!open) return { count: most, open };
  return { count: Math.max(most, total ?? 0), open: total === undefined };
}

/** Reads the pieces of a list that are in view, and one around them; the first alone at first. `every`: asked again while it may change, in ms. */
export function useWindows(
  path: PlacedPath,
  params: Asked<'get', PlacedPath> & { query?: object },
  how: { size: number; every?: number | false },
): Windows<Items<Answer<'get', PlacedPath>>> {
  type I = Items<Answer<'get', PlacedPath>>;
  const { size, every } = how;
  const [view, setView] = useState({ first: 0, last: 0 });
  const [most, setMost] = useState(0);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const from = Math.floor(Math.max(0, view.first - size) / size);
  const to = Math.floor((view.last + size) / size);
  // The first piece is always kept: it tells how long the list is.
  const numbers = [...new Set([0, ...Array.from({ length: to - from + 1 }, (_, at) => from + at)])];
  const queries = useQueries({
    queries: numbers.map((number) => ({
      queryKey: [path, params, currentTenant(), 'window', size, number] as const,
      queryFn: async ({ signal }: { signal: AbortSignal }): Promise<Piece<I>> => {
        const query = { ...params.query, limit: size, ...(number === 0 ? {} : { skip: number * size }) };
        return fetchNow(path, { ...params, query }, signal);
      },
      enabled: number === 0 || number * size < most + size,
      staleTime: every ? 0 : 300_000,
      // A piece that scrolled away is dropped, so that memory does not grow with the list.
      gcTime: 30_000,
      refetchInterval: every ? pollEvery(every) : (false as const),
      refetchOnWindowFocus: false,
    })),
  });
  const pieces = new Map<number, Piece<I>>();
  numbers.forEach((number, at) => {
    const data = queries[at]?.data;
    if (data) pieces.set(number, data);
  });
  const reach = reachOf(pieces, size);
  const { count } = reach;
  // What was read once counts, also when its piece was dropped since.
  if (count > most) setMost(count);
  useEffect(() => () => clearTimeout(timer.current), []);
  const onView = useCallback((first: number, last: number) => {
    clearTimeout(timer.current);
    // Whoever drags the bar passes many pieces, and wants the last one only.
    timer.current = setTimeout(() => setView({ first, last }), 50);
  }, []);
  return {
    count: pieces.has(0) ? (reach.open ? Math.max(most, count) : count) : undefined,
    open: reach.open,
    error: queries.find(({ error }) => error)?.error ?? null,
    row: (place) => pieces.get(Math.floor(place / size))?.items[place % size],
    onView,
    again: () => queries.forEach((query) => void query.refetch()),
  };
}

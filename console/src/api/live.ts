/**
 * What happens now? One stream of server-sent events for each tab: it patches what is shown, or has it asked again.
 *
 * A hidden tab closes its stream, because browsers allow six connections to a server and a stream holds one of them. A stream
 * that broke is opened again with growing pauses and the last event seen; after five failures the pages ask by themselves.
 */
import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useEffect, useSyncExternalStore } from 'react';

import { currentTenant } from './client.ts';
import { type Thing, heardOf } from './stale.ts';

/** The part of an event that is looked at here. */
export interface LiveEvent {
  readonly run?: string;
  readonly status?: string;
  readonly progress?: unknown;
  readonly why?: string;
  readonly ended?: string | null;
  readonly [field: string]: unknown;
}

/** How long to wait before the n-th try, in ms: a second, then twice as long each time, half a minute at most. */
export function pauseBefore(failures: number): number {
  return Math.min(30_000, 1000 * 2 ** Math.max(0, failures - 1));
}

/** The fields of a run that an event tells; what the event does not know stays. A run that waited has no progress yet. */
export function patchRun<T extends object>(known: T, event: LiveEvent): T {
  const told = Object.entries(event).filter(
    ([field]) => (field in known || field === 'progress') && field !== 'trigger',
  );
  return { ...known, ...Object.fromEntries(told) };
}

/** What an event makes out of date beside what it patches. */
const touches: Record<string, readonly Thing[]> = {
  hello: [],
  run: ['run'],
  progress: [],
  items: ['run'],
  waiting: ['removal'],
  connection: ['connection'],
  reset: ['run', 'directory', 'removal', 'connection'],
  lagged: ['run', 'directory', 'removal', 'connection'],
  end: [],
};

/** What is out of date by an event. The directory is read anew when a run has ended, and not with each of its steps. */
export function touchedBy(name: string, event: Pick<LiveEvent, 'ended'>): readonly Thing[] {
  return name === 'run' && event.ended ? ['run', 'directory'] : (touches[name] ?? []);
}

/** `live`: events arrive; `broken`: they do not, and pages ask by themselves; else it is just beginning. */
export type LiveState = 'starting' | 'live' | 'broken';

let live: LiveState = 'starting';
const listeners = new Set<() => void>();

function tell(now: LiveState): void {
  if (live === now) return;
  live = now;
  for (const listener of listeners) listener();
}

/** Whether events arrive; draws again when that changes. */
export function useLiveState(): LiveState {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => live,
  );
}

/** How often to ask where events may be missing: as said, or rarely while they arrive; so rarely at most. */
export function pollEvery(ms: number, rarely = 30_000): () => number {
  return () => everyWhile(live, ms, rarely);
}

export function everyWhile(state: LiveState, ms: number, rarely = 30_000): number {
  return state === 'live' ? Math.max(ms, rarely) : ms;
}

/** Keeps a stream open, until it is told to stop. */
function keepStream(client: QueryClient, tenant: string, topics: string): () => void {
  let stream: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let gather: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  let last = '';
  const waiting = new Set<Thing>();

  // Lists are asked again once a second at most, however many events come.
  const later = (things: readonly Thing[]) => {
    for (const thing of things) waiting.add(thing);
    if (waiting.size === 0 || gather !== undefined) return;
    gather = setTimeout(() => {
      gather = undefined;
      const all = [...waiting];
      waiting.clear();
      void heardOf(client, all);
    }, 1000);
  };
  const heard = (name: string, message: MessageEvent<string>) => {
    failures = 0;
    last = message.lastEventId || last;
    tell('live');
    const event = JSON.parse(message.data) as LiveEvent;
    if (event.run !== undefined && (name === 'run' || name === 'progress')) {
      client.setQueriesData<object>(
        { predicate: ({ queryKey: [path, params] }) => path === '/runs/{id}' && isOf(params, event.run) },
        (known) => known && patchRun(known, event),
      );
    }
    later(touchedBy(name, event));
  };
  const open = () => {
    if (stream !== undefined || document.visibilityState === 'hidden') return;
    const query = new URLSearchParams({
      topics,
      tenant,
      ...(last ? { after: last } : {}),
    });
    stream = new EventSource(`/api/v1/events?${query.toString()}`);
    for (const name of Object.keys(touches)) {
      stream.addEventListener(name, (message: MessageEvent<string>) => heard(name, message));
    }
    stream.addEventListener('error', () => {
      stream?.close();
      stream = undefined;
      failures += 1;
      if (failures >= 5) tell('broken');
      clearTimeout(timer);
      timer = setTimeout(open, pauseBefore(failures));
    });
  };
  const close = () => {
    stream?.close();
    stream = undefined;
    clearTimeout(timer);
    tell('starting');
  };
  const seen = () => {
    if (document.visibilityState === 'hidden') close();
    else open();
  };
  document.addEventListener('visibilitychange', seen);
  addEventListener('pagehide', close);
  open();
  return () => {
    document.removeEventListener('visibilitychange', seen);
    removeEventListener('pagehide', close);
    clearTimeout(gather);
    close();
  };
}

function isOf(params: unknown, run: string | undefined): boolean {
  const path = typeof params === 'object' && params !== null && 'path' in params ? params.path : undefined;
  return typeof path === 'object' && path !== null && 'id' in path && path.id === run;
}

/** What somebody may hear of: one topic too many, and the server refuses all of them. */
export function topicsFor(permissions: readonly string[]): string {
  if (!permissions.includes('run:view')) return '';
  return `runs,progress,waiting${permissions.includes('connection:view') ? ',connections' : ''}`;
}

/** Keeps what is shown up to date while somebody is signed in, as far as they may hear of it. */
export function useLive(permissions: readonly string[]): void {
  const client = useQueryClient();
  const tenant = currentTenant();
  const topics = topicsFor(permissions);
  useEffect(() => (topics === '' ? undefined : keepStream(client, tenant, topics)), [client, tenant, topics]);
}

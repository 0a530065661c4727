/** The calls about runs. */
import { queryOptions } from '@tanstack/react-query';

import type { components } from '#/api/contract';
import { currentTenant, download, fetchNow, read, write } from '#/api/client';
import { pollEvery } from '#/api/live';

import { underway } from './counts.ts';

export type Run = components['schemas']['Run'];
export type Item = components['schemas']['Item'];
export type Plan = components['schemas']['Plan'];

/** What the API says of the object of an item; free by nature in the contract. */
export interface ItemObject {
  readonly type?: string;
  readonly system?: string;
  readonly source?: string | null;
  readonly target?: string | null;
  readonly at?: string | null;
  readonly name?: string | null;
}

/** The object of an item, as far as it says. */
export function objectOf(item: Item): ItemObject {
  return item.object;
}

/** By which people know it: in the directory the key of the file, elsewhere the account there. */
export function accountOf(item: Item): string {
  const { system, source, target } = objectOf(item);
  return (system === 'directory' ? (source ?? target) : (target ?? source)) || '—';
}

/** Where a department stands, by names; undefined where only its key is known. */
export function pathOf(item: Item): string | undefined {
  const { at } = objectOf(item);
  return at?.startsWith('/') ? at : undefined;
}

/** What people call it; who has no name is known by number or account. */
export function nameOf(item: Item): string {
  const account = accountOf(item);
  return objectOf(item).name || (account === '—' ? item.key : account);
}

/** Everything that is to be said of an item, what went wrong first. */
export function toldOf(item: Item) {
  return [...(item.error ? [item.error] : []), ...item.warnings];
}

/** While somebody waits for its end, an event that was lost is made up for this soon. */
const lostEvent = 5_000;

/** One run; asked for every second while it goes on, and less often where events tell of it. */
export function runQuery(id: string, reveal = false) {
  return {
    ...read('/runs/{id}', { path: { id }, ...(reveal ? { query: { reveal } } : {}) }),
    refetchInterval: (query: { state: { data?: Run | undefined } }) => {
      const status = query.state.data?.status;
      return status !== undefined && underway(status)
        ? pollEvery(1_000, lostEvent)()
        : status === 'held' || status === 'paused'
          ? pollEvery(10_000)()
          : (false as const);
    },
  };
}

/** The picture of the version that ran; a version never changes. */
export function graphQuery(workflow: string, version: number) {
  return queryOptions({
    queryKey: ['/compiler/graph', workflow, version, currentTenant()] as const,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async ({ signal }) => {
      const { text } = await fetchNow('/workflows/{id}/text', { path: { id: workflow }, query: { version } }, signal);
      return write('post', '/compiler/graph', { body: { text, live: false } });
    },
  });
}

export function planQuery(id: string) {
  return read('/runs/{id}/plan', { path: { id }, query: { limit: 0 } });
}

/** The item of one row. */
export function itemQuery(id: string, row: number, reveal: boolean) {
  return read('/runs/{id}/items', { path: { id }, query: { from: row, limit: 1, ...(reveal ? { reveal } : {}) } });
}

export function approve(id: string, body: components['schemas']['Approve']) {
  return write('post', '/runs/{id}/approve', { params: { path: { id } }, body });
}

export function control(id: string, verb: 'reject' | 'cancel' | 'pause' | 'resume') {
  return write('post', `/runs/{id}/${verb}`, { params: { path: { id } } });
}

/** Repeats what went wrong: all of it, or only some rows. */
export function retry(id: string, rows: readonly number[] = []) {
  return write('post', '/runs/{id}/retry', {
    params: { path: { id } },
    body: rows.length > 0 ? { rows: [...rows] } : {},
  });
}

export function pin(id: string, pinned: boolean) {
  return write('post', '/runs/{id}/pin', { params: { path: { id } }, body: { pinned } });
}

export function exportRun(run: Run, format: string, lang: string) {
  return download(
    `/runs/${encodeURIComponent(run.run)}/export`,
    { format, lang },
    `${run.workflow}-${run.no}.${format}`,
  );
}

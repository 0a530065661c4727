/** The calls about the directory. */
import { queryOptions } from '@tanstack/react-query';

import { type Answer, currentTenant, fetchNow, read } from '#/api/client';

export type Entry = Answer<'get', '/directory/objects'>['items'][number];

/** A department, as the tree needs it. */
export interface Department {
  readonly id: string;
  readonly name: string;
  readonly parent: string | undefined;
}

/** A value of an entry that is a text. */
export function textOf(entry: Entry, field: string): string {
  const value = entry[field];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** All departments; read in large pages, once for all pages of the console. */
export function departmentsQuery() {
  return queryOptions({
    queryKey: ['/directory/objects', 'departments', currentTenant()] as const,
    staleTime: 60_000,
    queryFn: async ({ signal }): Promise<Department[]> => {
      const found: Department[] = [];
      let cursor: string | undefined;
      // A tree of more than 50,000 departments is none that a person looks through.
      for (let page = 0; page < 100; page += 1) {
        const query = { kind: 'department', limit: 500, ...(cursor === undefined ? {} : { cursor }) };
        const answer = await fetchNow('/directory/objects', { query }, signal);
        for (const entry of answer.items) {
          found.push({ id: entry.id, name: textOf(entry, 'name'), parent: textOf(entry, 'parent') || undefined });
        }
        if (answer.next === undefined) break;
        cursor = answer.next;
      }
      return found;
    },
  });
}

/** One person, found by what they are called or their key. */
export function personQuery(find: string, reveal: boolean) {
  return read('/directory/objects', { query: { kind: 'user', find, limit: 20, ...(reveal ? { reveal } : {}) } });
}

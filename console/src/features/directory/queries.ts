/** The calls about the directory. */
import { queryOptions } from '@tanstack/react-query';

import { type Answer, currentTenant, fetchNow, read, write } from '#/api/client';
import type { components } from '#/api/contract';

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

export type Detail = components['schemas']['DirectoryDetail'];
export type DirectoryField = components['schemas']['DirectoryField'];
export type Verb = components['schemas']['DirectoryVerb'];
export type BulkFilter = components['schemas']['BulkFilter'];

/** A department or person with who fills each field, links, and what may be done. */
export function objectQuery(id: string, reveal: boolean) {
  return read('/directory/objects/{id}', { path: { id }, ...(reveal ? { query: { reveal } } : {}) });
}

export function createObject(kind: 'user' | 'department', fields: Record<string, unknown>) {
  return write('post', '/directory/objects', { body: { kind, fields: fields as Record<string, never> } });
}

/** Changes some fields of the object that was looked at; another one in the meantime is refused. */
export function editObject(object: Detail, fields: Record<string, unknown>) {
  return write('post', '/directory/objects/{id}/edit', {
    params: { path: { id: object.id } },
    body: { fields: fields as Record<string, never> },
    ifMatch: object.etag,
  });
}

export function switchObject(object: Detail, verb: 'disable' | 'enable' | 'remove') {
  return write('post', `/directory/objects/{id}/${verb}`, {
    params: { path: { id: object.id } },
    ifMatch: object.etag,
  });
}

export function moveObject(object: Detail, to: readonly string[]) {
  return write('post', '/directory/objects/{id}/move', {
    params: { path: { id: object.id } },
    body: { to: [...to] },
    ifMatch: object.etag,
  });
}

/** The same with many: with all that a filter finds, if they are still as many as somebody saw. */
export function changeMany(verb: Verb, filter: BulkFilter, expected: number, to: readonly string[] = []) {
  return write('post', '/directory/bulk', { body: { verb, filter, expected, to: [...to], count_only: false } });
}

/** One person, found by what they are called or their key. */
export function personQuery(find: string, reveal: boolean) {
  return read('/directory/objects', { query: { kind: 'user', find, limit: 20, ...(reveal ? { reveal } : {}) } });
}

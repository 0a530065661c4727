/** The calls about messages to people. */
import { queryOptions } from '@tanstack/react-query';

import { currentTenant, fetchNow, read, write } from '#/api/client';
import type { components } from '#/api/contract';
import type { Entry } from '#/features/directory/shared';

type Schemas = components['schemas'];
export type Message = Schemas['Message'];
export type NewMessage = Schemas['NewMessage'];
export type Receiver = Schemas['MessageReceiver'];

export function messageQuery(id: string) {
  return read('/messages/{id}', { path: { id } });
}

/** Sends it, or only says who would get it. */
export function send(body: NewMessage, key: string) {
  return write('post', '/messages/wecom', { body, key });
}

export function recall(id: string) {
  return write('post', '/messages/{id}/recall', { params: { path: { id } } });
}

export interface Person {
  readonly id: string;
  readonly name: string;
  readonly account: string;
  /** As the directory has it. */
  readonly entry: Entry;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** People of the directory by words. */
export function peopleQuery(find: string) {
  return queryOptions({
    queryKey: ['/directory/objects', 'people for a message', find, currentTenant()] as const,
    queryFn: async ({ signal }): Promise<Person[]> => {
      const query = { kind: 'user', limit: 20, ...(find ? { find } : {}) };
      const { items } = await fetchNow('/directory/objects', { query }, signal);
      return items.map((item) => ({
        id: item.id,
        name: text(item['name']),
        account: text(item['username']),
        entry: item,
      }));
    },
  });
}

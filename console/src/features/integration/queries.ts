/** The calls of the integration page. */
import { read, write } from '#/api/client';
import type { components } from '#/api/contract';

export type Callback = components['schemas']['Callback'];

export function connectionQuery(name: string) {
  return read('/connections/{id}', { path: { id: name } });
}

export function callbacksQuery(name: string) {
  return read('/connections/{id}/callbacks', { path: { id: name }, query: { limit: 50 } });
}

export function newKeys(name: string, receiver: string) {
  return write('post', '/connections/{id}/callbacks', { params: { path: { id: name } }, body: { receiver } });
}

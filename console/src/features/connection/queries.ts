/** The calls about connections and connectors. */
import { read, write } from '#/api/client';
import type { components } from '#/api/contract';

export type Connection = components['schemas']['Connection'];
export type Connector = components['schemas']['Connector'];
export type TestReport = components['schemas']['TestReport'];

export function connectionsQuery() {
  return read('/connections', { query: { limit: 500 } });
}

export function connectionQuery(name: string) {
  return read('/connections/{id}', { path: { id: name } });
}

/** Connectors, with what each asks for. They change with the program only. */
export function connectorsQuery() {
  return { ...read('/connectors', { query: { limit: 500 } }), staleTime: Number.POSITIVE_INFINITY };
}

export function addConnection(body: components['schemas']['NewConnection']) {
  return write('post', '/connections', { body });
}

export function changeConnection(name: string, body: components['schemas']['ConnectionChange'], ifMatch: string) {
  return write('patch', '/connections/{id}', { params: { path: { id: name } }, body, ifMatch });
}

export function removeConnection(name: string) {
  return write('delete', '/connections/{id}', { params: { path: { id: name } } });
}

export function testConnection(name: string): Promise<TestReport> {
  return write('post', '/connections/{id}/test', { params: { path: { id: name } } });
}

/** Tries settings that are not saved. */
export function trySettings(connector: string, body: components['schemas']['Trial']): Promise<TestReport> {
  return write('post', '/connectors/{id}/test', { params: { path: { id: connector } }, body });
}

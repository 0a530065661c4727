/** The calls of the provider's way. */
import { read, write } from '#/api/client';
import type { components } from '#/api/contract';

type Schemas = components['schemas'];
export type Way = Schemas['ProviderWay'];
export type Grant = Schemas['ProviderGrant'];
export type Provider = Schemas['ProviderState'];
export type Receiver = Schemas['ProviderReceiver'];

const of = (id: string) => ({ params: { path: { id } } });

/** How far it is; somebody scans meanwhile. */
export function wayQuery(connection: string) {
  return { ...read('/connections/{id}/provider', { path: { id: connection } }), refetchInterval: 5_000 };
}

export const invite = (connection: string, grant: Grant) =>
  write('post', '/connections/{id}/provider/invite', { ...of(connection), body: { grant } });
export const say = (connection: string, body: Schemas['ProviderWord']) =>
  write('post', '/connections/{id}/provider/word', { ...of(connection), body });
export const release = (connection: string) => write('post', '/connections/{id}/provider/release', of(connection));

export function providerQuery(connector: string) {
  return read('/providers/{id}', { path: { id: connector } });
}

export const setProvider = (connector: string, body: Schemas['ProviderChange'], ifMatch: string | undefined) =>
  write('put', '/providers/{id}', { ...of(connector), body, ifMatch });
export const removeProvider = (connector: string) => write('delete', '/providers/{id}', of(connector));
export const newKeys = (connector: string, grant: Grant) =>
  write('post', '/providers/{id}/keys', { ...of(connector), body: { grant } });

/** The calls about accounts, tokens and sessions. */
import { write } from '#/api/client';
import type { components } from '#/api/contract';

type Schemas = components['schemas'];
export type Account = Schemas['Account'];

export const createAccount = (body: Schemas['NewAccount']) => write('post', '/accounts', { body });
export const enableAccount = (id: string) => write('post', '/accounts/{id}/enable', { params: { path: { id } } });
export const disableAccount = (id: string) => write('post', '/accounts/{id}/disable', { params: { path: { id } } });
/** Other roles for the account as it was read; what others gave it or took meanwhile is not undone. */
export const grantRoles = ({ id, etag }: Account, body: Schemas['NewGrant']) =>
  write('post', '/accounts/{id}/roles', { params: { path: { id } }, body, ifMatch: etag });
export const newLink = (account: string) => write('post', '/sign-in-links', { body: { account } });
export const newToken = (body: Schemas['NewToken']) => write('post', '/tokens', { body });
export const revokeToken = (id: string) => write('delete', '/tokens/{id}', { params: { path: { id } } });
export type Identity = Schemas['BoundIdentity'];
export const bindIdentity = (body: Schemas['NewIdentity']) => write('post', '/identities', { body });
export const unbindIdentity = (id: string) => write('delete', '/identities/{id}', { params: { path: { id } } });
export const endSession = (id: string) => write('delete', '/sessions/{id}', { params: { path: { id } } });

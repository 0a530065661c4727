/** How is the API called? The only file that does; pages use `read` and `write`, and know neither headers nor cookies. */
import { queryOptions } from '@tanstack/react-query';
import createClient from 'openapi-fetch';

import type { paths } from './contract.ts';
import { noteInsecure } from './insecure.ts';
import { Refused, Unreachable } from './problem.ts';
import { waitForSignIn } from './session.ts';
import { aboutOf, forgetOthers, keyOf } from './unanswered.ts';

const client = createClient<paths>({ baseUrl: '/api/v1', credentials: 'same-origin' });

/** What every call carries. The session sets both. */
const carried: { tenant?: string | undefined; csrf?: string | undefined; actor?: string | undefined } = {};

/** Says for which tenant calls are made from now on. */
export function setTenant(tenant: string | undefined): void {
  carried.tenant = tenant;
}

/** The tenant for which calls are made. */
export function currentTenant(): string {
  return carried.tenant ?? '';
}

/** Says what shows that writes come from this page, and who is signed in by that. */
export function setCsrf(csrf: string | undefined, actor: string | undefined): void {
  carried.csrf = csrf;
  carried.actor = actor;
}

client.use({
  onRequest({ request }) {
    if (carried.tenant) request.headers.set('X-Tenant-Id', carried.tenant);
    if (carried.csrf && request.method !== 'GET') request.headers.set('X-Idflow-Csrf', carried.csrf);
    return request;
  },
  onResponse({ response }) {
    if (response.headers.has('X-Idflow-Insecure')) noteInsecure();
  },
});

type Json<R> = R extends { content: { 'application/json': infer T } } ? T : never;
type Done<O> = O extends { responses: { 200: infer R } }
  ? Json<R>
  : O extends { responses: { 201: infer R } }
    ? Json<R>
    : never;
type Given<O> = Omit<Pick<O & { parameters: object }, 'parameters'>['parameters'], 'cookie' | 'header'>;
type Body<O> = O extends { requestBody: { content: { 'application/json': infer T } } }
  ? T
  : O extends { requestBody?: { content: { 'application/json': infer T } } }
    ? T | undefined
    : undefined;

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
/** The paths that have a method. */
export type PathOf<M extends Method> = {
  [P in keyof paths]: paths[P] extends { [K in M]: object } ? P : never;
}[keyof paths];
/** What an operation answers. */
export type Answer<M extends Method, P extends PathOf<M>> = Done<paths[P][M]>;
/** What an operation is asked with: the parameters of its path and its query. */
export type Asked<M extends Method, P extends PathOf<M>> = Partial<Given<paths[P][M]>>;
/** What is sent to an operation. */
export type Sent<M extends Method, P extends PathOf<M>> = Body<paths[P][M]>;

interface Raw {
  data?: unknown;
  error?: unknown;
  response: Response;
}

type Caller = (path: string, init: object) => Promise<Raw>;

const methods: Record<Method, Caller> = {
  get: client.GET as unknown as Caller,
  post: client.POST as unknown as Caller,
  put: client.PUT as unknown as Caller,
  patch: client.PATCH as unknown as Caller,
  delete: client.DELETE as unknown as Caller,
};

async function once(method: Method, path: string, init: object): Promise<Raw> {
  try {
    return await methods[method](path, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new Unreachable(error);
  }
}

/** Questions to the compiler and previews change nothing, though they are sent as a POST. */
function asksOnly(path: string): boolean {
  return path.startsWith('/compiler/') || path.endsWith('/preview');
}

/** Whether a write was refused because what it shows is of another session than the cookie: nothing of it was done. */
function showsAnother(status: number, error: unknown): boolean {
  return status === 403 && (error as { code?: unknown } | null | undefined)?.code === 'csrf_missing';
}

/** Somebody signed in in another tab: gives whether it is the same account, and what its writes show is known from here on. */
async function sameSignedIn(): Promise<boolean> {
  const { data, response } = await once('get', '/session', {});
  const me = data as { actor?: string; csrf?: string | null } | undefined;
  // As another account nothing is done that was begun here: the page is to be read anew.
  if (!response.ok || me?.actor === undefined || me.actor !== carried.actor) return false;
  setCsrf(me.csrf ?? undefined, me.actor);
  return true;
}

/** Asks; where nobody is signed in any more it waits for the sign-in over the page and asks once more. */
async function ask(method: Method, path: string, init: object): Promise<unknown> {
  let answer = await once(method, path, init);
  if (answer.response.status === 401 && !path.startsWith('/session')) {
    await waitForSignIn(method !== 'get' && !asksOnly(path));
    answer = await once(method, path, init);
  }
  if (showsAnother(answer.response.status, answer.error) && (await sameSignedIn())) {
    answer = await once(method, path, init);
  }
  if (answer.response.ok) return answer.data;
  throw new Refused(answer.response.status, answer.error, answer.response.headers.get('Retry-After'));
}

/** A read of the API as a query: its key is the path, what was asked, and the tenant. */
export function read<P extends PathOf<'get'>>(path: P, params: Asked<'get', P> = {}) {
  return queryOptions({
    queryKey: [path, params, currentTenant()] as const,
    queryFn: ({ signal }) => ask('get', path, { params, signal }) as Promise<Answer<'get', P>>,
  });
}

/** A read of the API, at once. */
export function fetchNow<P extends PathOf<'get'>>(
  path: P,
  params: Asked<'get', P> = {},
  signal?: AbortSignal,
): Promise<Answer<'get', P>> {
  return ask('get', path, { params, ...(signal ? { signal } : {}) }) as Promise<Answer<'get', P>>;
}

/** Which state a write is for. */
export interface Condition {
  /** The one with this tag, and no other. */
  ifMatch?: string | undefined;
  /** There is nothing of this name yet: what is there is never replaced by something new. */
  onlyNew?: boolean | undefined;
}

/**
 * A write to the API. It is never repeated by itself. Every POST names itself by an `Idempotency-Key`: `key` where the page keeps
 * one, else one that is kept for a moment where no answer came. Questions to the compiler and previews
 * change nothing and need none: the same one is asked again while the first is on its way.
 */
export function write<M extends Exclude<Method, 'get'>, P extends PathOf<M>>(
  method: M,
  path: P,
  given: { params?: Asked<M, P>; body?: Sent<M, P>; key?: string } & Condition = {},
): Promise<Answer<M, P>> {
  const headers: Record<string, string> = {};
  if (given.ifMatch) headers['If-Match'] = given.ifMatch;
  else if (given.onlyNew) headers['If-None-Match'] = '*';
  const init = { params: given.params ?? {}, body: given.body, headers };
  const send = () => ask(method, path, init) as Promise<Answer<M, P>>;
  if (asksOnly(path) || path.startsWith('/session/')) return send();
  const ids = (given.params as { path?: Record<string, unknown> } | undefined)?.path ?? {};
  const about = `${currentTenant()}/${aboutOf(path, ids)}`;
  const same = JSON.stringify([path, currentTenant(), given]);
  forgetOthers(about, same);
  if (method !== 'post') return send();
  if (given.key !== undefined) {
    headers['Idempotency-Key'] = given.key;
    return send();
  }
  const { key, answered, lost } = keyOf(same, about);
  headers['Idempotency-Key'] = key;
  return send().then(
    (answer) => {
      answered();
      return answer;
    },
    (error: unknown) => {
      if (error instanceof Refused && error.status < 500) answered();
      else lost();
      throw error;
    },
  );
}

/** Sends a file as it is; the browser reads it piece by piece. */
export async function sendFile<P extends PathOf<'post'>>(
  path: P,
  query: Record<string, string>,
  file: Blob,
): Promise<Answer<'post', P>> {
  const send = async () => {
    const headers: Record<string, string> = { 'Content-Type': 'application/octet-stream' };
    if (carried.tenant) headers['X-Tenant-Id'] = carried.tenant;
    if (carried.csrf) headers['X-Idflow-Csrf'] = carried.csrf;
    try {
      const address = `/api/v1${path}?${new URLSearchParams(query).toString()}`;
      return await fetch(address, { method: 'POST', credentials: 'same-origin', headers, body: file });
    } catch (error) {
      throw new Unreachable(error);
    }
  };
  let answer = await send();
  if (answer.status === 401) {
    await waitForSignIn(true);
    answer = await send();
  }
  let body: unknown = await answer.json().catch(() => undefined);
  if (showsAnother(answer.status, body) && (await sameSignedIn())) {
    answer = await send();
    body = await answer.json().catch(() => undefined);
  }
  if (answer.ok) return body as Answer<'post', P>;
  throw new Refused(answer.status, body, answer.headers.get('Retry-After'));
}

/** Fetches a file that the API gives out, for this tenant, and hands it to the browser to keep. */
export async function download(path: string, query: Record<string, string>, name: string): Promise<void> {
  const headers: Record<string, string> = carried.tenant ? { 'X-Tenant-Id': carried.tenant } : {};
  const answer = await fetch(`/api/v1${path}?${new URLSearchParams(query).toString()}`, { headers });
  if (!answer.ok) {
    const body: unknown = await answer.json().catch(() => undefined);
    throw new Refused(answer.status, body, answer.headers.get('Retry-After'));
  }
  const address = URL.createObjectURL(await answer.blob());
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

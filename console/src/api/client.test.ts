import { afterEach, expect, test, vi } from 'vitest';

import { answered } from './answered.ts';

const answers: (() => Response)[] = [];
const seen: (string | null)[] = [];
const asked: Headers[] = [];

answered((request: Request) => {
  seen.push(request.headers.get('Idempotency-Key'));
  asked.push(request.headers);
  const next = answers.shift();
  return next ? Promise.resolve(next()) : Promise.reject(new TypeError('no line'));
});

// Made with what stands there when it is imported.
const { setCsrf, write } = await import('./client.ts');
const { signedInAgain, writesWait } = await import('./session.ts');

afterEach(() => {
  vi.useRealTimers();
  answers.length = 0;
  seen.length = 0;
  asked.length = 0;
});

const said = (name: string) => asked.map((headers) => headers.get(name));
const good = () => Response.json({ run: 'r' });
const broken = () => new Response('{}', { status: 502 });
const unsigned = () => new Response('{}', { status: 401 });
const turn = () =>
  new Promise((go) => {
    setTimeout(go, 0);
  });
const start = () =>
  write('post', '/workflows/{id}/runs', {
    params: { path: { id: 'w' } },
    body: { plan: false, approve: false, inputs: {} },
  });
const put = (state: { ifMatch?: string; onlyNew?: boolean }) =>
  write('put', '/drafts/{id}', { params: { path: { id: 'd' } }, body: { text: '' }, ...state });

test('a POST names itself, and the same one has the same name until an answer came', async () => {
  answers.push(broken, good, good);
  await expect(start()).rejects.toThrow();
  await start();
  await start();
  expect(seen[0]).toMatch(/^[0-9a-f]{32}$/);
  expect(seen[1]).toBe(seen[0]);
  expect(seen[2]).not.toBe(seen[0]);
});

test('what has no answer at all keeps its name, too; questions to the compiler have none', async () => {
  await expect(start()).rejects.toThrow('unreachable');
  answers.push(good, good);
  await start();
  expect(seen[1]).toBe(seen[0]);
  await write('post', '/compiler/validate', { body: { text: '', live: false } });
  expect(seen[2]).toBeNull();
  answers.push(good);
  await write('post', '/directory/uploads/{id}/preview', { params: { path: { id: 'f' } }, body: {} });
  expect(seen[3]).toBeNull();
});

test('a preview that waits for a sign-in is no write that waits; a run is', async () => {
  answers.push(unsigned);
  const preview = write('post', '/directory/uploads/{id}/preview', { params: { path: { id: 'f' } }, body: {} });
  await turn();
  expect(writesWait()).toBe(false);
  answers.push(unsigned);
  const begun = start();
  await turn();
  expect(writesWait()).toBe(true);
  answers.push(good, good);
  signedInAgain();
  await Promise.all([preview, begun]);
});

test('a write says for which state it is: one with a tag, none at all, or any', async () => {
  answers.push(good, good, good);
  await put({ ifMatch: 'a' });
  await put({ onlyNew: true });
  await put({});
  expect(said('If-Match')).toEqual(['a', null, null]);
  expect(said('If-None-Match')).toEqual([null, '*', null]);
});

test('a lost answer is the same deed for a moment, and not hours later', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  await expect(start()).rejects.toThrow('unreachable');
  vi.advanceTimersByTime(30_000);
  await expect(start()).rejects.toThrow('unreachable');
  // From the last answer that was lost on.
  vi.advanceTimersByTime(45_000);
  answers.push(broken);
  await expect(start()).rejects.toThrow();
  vi.advanceTimersByTime(90_000);
  answers.push(good);
  await start();
  expect(seen[1]).toBe(seen[0]);
  expect(seen[2]).toBe(seen[0]);
  expect(seen[3]).not.toBe(seen[0]);
});

const switchIt = (id: string, verb: 'enable' | 'disable') =>
  write('post', `/accounts/{id}/${verb}`, { params: { path: { id } } });

test('what is done after another deed on the same thing is a deed of its own', async () => {
  await expect(switchIt('a', 'disable')).rejects.toThrow('unreachable');
  answers.push(good, good, good);
  // Another account is another thing.
  await switchIt('b', 'disable');
  await switchIt('a', 'enable');
  await switchIt('a', 'disable');
  expect(seen[3]).not.toBe(seen[0]);
});

test('a deed on another thing, and a question, leave it the same deed', async () => {
  await expect(switchIt('a', 'disable')).rejects.toThrow('unreachable');
  answers.push(good, good, good);
  await switchIt('b', 'disable');
  await write('post', '/compiler/validate', { body: { text: '', live: false } });
  await switchIt('a', 'disable');
  expect(seen[3]).toBe(seen[0]);
});

test('a write of another method is another deed, too', async () => {
  await expect(write('post', '/tokens', { body: { name: 't' } as never })).rejects.toThrow('unreachable');
  answers.push(good, good);
  await write('delete', '/tokens/{id}', { params: { path: { id: 't' } } });
  await write('post', '/tokens', { body: { name: 't' } as never });
  expect(seen[2]).not.toBe(seen[0]);
});

const ofAnother = () => Response.json({ code: 'csrf_missing' }, { status: 403 });
const signedIn = (actor: string) => () => Response.json({ actor, csrf: 'new' });

test('who signed in anew in another tab writes on here: the refused write goes once more, as the same deed', async () => {
  setCsrf('old', 'lin.hai');
  answers.push(ofAnother, signedIn('lin.hai'), good);
  await start();
  expect(said('X-Idflow-Csrf')).toEqual(['old', null, 'new']);
  expect(seen[2]).toBe(seen[0]);
  setCsrf(undefined, undefined);
});

test('nothing is done as another account that signed in in another tab', async () => {
  setCsrf('old', 'lin.hai');
  answers.push(ofAnother, signedIn('wang.min'));
  await expect(start()).rejects.toThrow('HTTP 403');
  expect(asked).toHaveLength(2);
  setCsrf(undefined, undefined);
});

/** Is nobody asked for a password who signed in in another tab? */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { answered } from '#/api/answered';

let answers: (() => Response)[] = [];
const asked: string[] = [];
answered(({ method, url }) => {
  asked.push(`${method} ${new URL(url).pathname}`);
  return Promise.resolve(answers.shift()?.() ?? new Response('{}', { status: 401 }));
});

const page = Object.assign(new EventTarget(), { visibilityState: 'visible' });
const shown = new EventTarget();
vi.stubGlobal('document', page);
for (const name of ['addEventListener', 'removeEventListener'] as const) {
  vi.stubGlobal(name, shown[name].bind(shown));
}

const { signedInElsewhere } = await import('./elsewhere.ts');

const me = { actor: 'lin.hai', csrf: 'x' };
const entered: unknown[] = [];
let stop = () => {};
/** What was asked is answered, and looked at. */
const settled = () => new Promise((done) => setTimeout(done, 5));

let clock = 0;
beforeEach(() => {
  // Each test is hours after the one before.
  clock += 10_000_000;
  vi.spyOn(Date, 'now').mockImplementation(() => clock);
  answers = [];
  asked.length = 0;
  entered.length = 0;
  page.visibilityState = 'visible';
});
afterEach(() => stop());

test('whoever is signed in by the time that the sign-in comes up goes on', async () => {
  answers = [() => Response.json(me)];
  stop = signedInElsewhere((one) => entered.push(one));
  await settled();
  expect([asked, entered]).toEqual([['GET /api/v1/session'], [me]]);
});

test('whoever comes back from the tab in which he signed in goes on', async () => {
  stop = signedInElsewhere((one) => entered.push(one));
  await settled();
  expect(entered).toEqual([]);
  // Somebody looks, and goes away again.
  shown.dispatchEvent(new Event('focus'));
  await settled();
  page.visibilityState = 'hidden';
  page.dispatchEvent(new Event('visibilitychange'));
  await settled();
  expect([asked.length, entered]).toEqual([2, []]);
  page.visibilityState = 'visible';
  answers = [() => Response.json(me)];
  // Both come together: it is asked once.
  page.dispatchEvent(new Event('visibilitychange'));
  shown.dispatchEvent(new Event('focus'));
  await settled();
  expect([asked.length, entered]).toEqual([3, [me]]);
});

test('what comes after the sign-in over the page is not heard', async () => {
  answers = [() => Response.json(me)];
  stop = signedInElsewhere((one) => entered.push(one));
  stop();
  await settled();
  shown.dispatchEvent(new Event('focus'));
  await settled();
  expect([asked.length, entered]).toEqual([1, []]);
});

test('a call that is refused all the same is not repeated without end', async () => {
  for (const _ of [1, 2, 3]) {
    answers.push(() => Response.json(me));
    stop = signedInElsewhere((one) => entered.push(one));
    await settled();
    stop();
  }
  expect(entered).toEqual([me]);
  clock += 60_000;
  stop = signedInElsewhere((one) => entered.push(one));
  await settled();
  expect(entered).toEqual([me, me]);
});

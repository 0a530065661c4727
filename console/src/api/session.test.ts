import { expect, test } from 'vitest';

import { Dropped, dropWaitingWrites, signedInAgain, waitForSignIn, writesWait } from './session.ts';

/** How a wait ended, as far as it is known by now. */
async function ended(wait: Promise<void>): Promise<string> {
  const late = new Promise<string>((tell) => {
    setTimeout(() => tell('waits'), 0);
  });
  return Promise.race([
    wait.then(
      () => 'goes on',
      (error: unknown) => (error instanceof Dropped ? 'dropped' : 'failed'),
    ),
    late,
  ]);
}

test('a write that is given up while it waits is not done after the sign-in; what is only read is', async () => {
  const read = waitForSignIn(false);
  const write = waitForSignIn(true);
  expect(writesWait()).toBe(true);
  dropWaitingWrites();
  expect(await ended(write)).toBe('dropped');
  expect(await ended(read)).toBe('waits');
  expect(writesWait()).toBe(false);
  signedInAgain();
  expect(await ended(read)).toBe('goes on');
});

test('without that the write goes on after the sign-in', async () => {
  const write = waitForSignIn(true);
  signedInAgain();
  expect(await ended(write)).toBe('goes on');
});

/** Who is signed in, and what may they do? A sign-in that ended is waited for, over the page. */
import { createContext, useContext, useSyncExternalStore } from 'react';

import type { components } from './contract.ts';

export type Me = components['schemas']['Me'];
export type Permission = components['schemas']['Permission'];

const SessionContext = createContext<Me | undefined>(undefined);
export const SessionProvider = SessionContext.Provider;

/** Who is signed in; pages are only drawn where somebody is. */
export function useMe(): Me {
  const me = useContext(SessionContext);
  if (me === undefined) throw new Error('no session above this component');
  return me;
}

/** Whether somebody may do something. This is courtesy: the server decides. */
export function useMay(permission: Permission | undefined): boolean {
  const me = useContext(SessionContext);
  return permission === undefined || (me?.permissions.includes(permission) ?? false);
}

let waiting: { promise: Promise<void>; go: () => void } | undefined;
const listeners = new Set<() => void>();

function tell(): void {
  for (const listener of listeners) listener();
}

/** Waits until somebody signed in over the page. */
export function waitForSignIn(): Promise<void> {
  if (waiting === undefined) {
    const { promise, resolve } = Promise.withResolvers<void>();
    waiting = { promise, go: resolve };
    tell();
  }
  return waiting.promise;
}

/** Somebody signed in: calls that waited go on. */
export function signedInAgain(): void {
  const before = waiting;
  waiting = undefined;
  before?.go();
  tell();
}

/** Whether calls wait for a sign-in. */
export function useSignInNeeded(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => waiting !== undefined,
  );
}

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

/** A write that waited for a sign-in, and that nobody wants any more: it was never sent. */
export class Dropped extends Error {
  override readonly name = 'Dropped';
  readonly final = true;
}

interface Wait {
  /** Whether it changes something, once somebody is signed in. */
  readonly write: boolean;
  readonly go: () => void;
  readonly drop: (why: Dropped) => void;
}

let waits: readonly Wait[] = [];
const listeners = new Set<() => void>();

function become(after: readonly Wait[]): void {
  waits = after;
  for (const listener of listeners) listener();
}

/** Waits until somebody signed in over the page; fails with `Dropped` where it is a write that was given up meanwhile. */
export function waitForSignIn(write: boolean): Promise<void> {
  return new Promise((go, drop) => {
    become([...waits, { write, go, drop }]);
  });
}

/** Somebody signed in: calls that waited go on. */
export function signedInAgain(): void {
  const before = waits;
  become([]);
  for (const { go } of before) go();
}

/** What was cancelled while it waited is not done after the sign-in. */
export function dropWaitingWrites(): void {
  const dropped = waits.filter(({ write }) => write);
  if (dropped.length === 0) return;
  become(waits.filter(({ write }) => !write));
  for (const { drop } of dropped) drop(new Dropped('given up before it was sent'));
}

function listen(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Whether calls wait for a sign-in. */
export function useSignInNeeded(): boolean {
  return useSyncExternalStore(listen, () => waits.length > 0);
}

/** Whether one of them changes something. */
export function useWritesWait(): boolean {
  return useSyncExternalStore(listen, writesWait);
}

/** Whether one of the calls that wait changes something. */
export function writesWait(): boolean {
  return waits.some(({ write }) => write);
}

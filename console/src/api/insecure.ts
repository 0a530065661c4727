/** Do people reach the server without encryption? It says so with every answer, and the frame of all pages shows it. */
import { useSyncExternalStore } from 'react';

let insecure = false;
const listeners = new Set<() => void>();

/** An answer said that it came without encryption. */
export function noteInsecure(): void {
  if (insecure) return;
  insecure = true;
  for (const listener of listeners) listener();
}

/** Whether the connection is without encryption. */
export function useInsecure(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => insecure,
  );
}

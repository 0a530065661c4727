/** A clock for times in words, "5 minutes ago": it ticks once a minute for all of them, while there are any. */
import { useSyncExternalStore } from 'react';

const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;
let minute = 0;

function tick(): void {
  minute += 1;
  for (const listener of listeners) listener();
}

/** Tells each minute; gives what ends that. */
export function onMinute(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(tick, 60_000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** Another one after each tick. */
export function minuteNow(): number {
  return minute;
}

function never(): () => void {
  return () => undefined;
}

/** Draws again each minute, where there is a time in words. */
export function useMinute(inWords: boolean): void {
  useSyncExternalStore(inWords ? onMinute : never, minuteNow, minuteNow);
}

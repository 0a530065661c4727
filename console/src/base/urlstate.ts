/** What does the address say about the page: its filters, its tab, what is open? */
import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'react-router';

/** How one value stands in the address: its default is left out, what cannot be read counts as the default. */
export interface Field<T> {
  readonly fallback: T;
  read(text: string): T | undefined;
  write(value: T): string;
}

/** A text. */
export function text(fallback = ''): Field<string> {
  return { fallback, read: (written) => written, write: (value) => value };
}

/** One of some words; others are ignored. */
export function oneOf<const T extends string>(words: readonly T[], fallback: T): Field<T> {
  return { fallback, read: (written) => words.find((word) => word === written), write: (value) => value };
}

/** A whole number, not below zero. */
export function whole(fallback: number): Field<number> {
  return {
    fallback,
    read: (written) => (/^\d{1,9}$/.test(written) ? Number(written) : undefined),
    write: (value) => String(value),
  };
}

/** Whether something is on. */
export function flag(): Field<boolean> {
  return { fallback: false, read: (written) => (written === '1' ? true : undefined), write: () => '1' };
}

// oxlint-disable-next-line typescript/no-explicit-any -- each field has a type of its own
export type Codec = Record<string, Field<any>>;
/** What a codec reads. */
export type Read<C extends Codec> = { [K in keyof C]: C[K] extends Field<infer T> ? T : never };

/** Reads the part of an address after the question mark. */
export function readState<C extends Codec>(codec: C, search: URLSearchParams): Read<C> {
  const state: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(codec)) {
    const written = search.get(name);
    state[name] = written === null ? field.fallback : (field.read(written) ?? field.fallback);
  }
  return state as Read<C>;
}

/** Writes changes into the part of an address after the question mark; what the codec does not know stays. */
export function writeState<C extends Codec>(
  codec: C,
  before: URLSearchParams,
  change: Partial<Read<C>>,
): URLSearchParams {
  const after = new URLSearchParams(before);
  for (const [name, value] of Object.entries(change)) {
    const field = codec[name];
    if (field === undefined || value === undefined || value === field.fallback) after.delete(name);
    else after.set(name, field.write(value));
  }
  return after;
}

/** The state in the address, and how it is changed: all changes of one act in one call. Typing replaces, all else pushes. */
export function useUrlState<C extends Codec>(
  codec: C,
): [Read<C>, (change: Partial<Read<C>>, how?: { replace?: boolean }) => void] {
  const [search, setSearch] = useSearchParams();
  const state = useMemo(() => readState(codec, search), [codec, search]);
  const change = useCallback(
    (changed: Partial<Read<C>>, how?: { replace?: boolean }) => {
      // The address as it is now: a change that was delayed must not undo one that came between.
      setSearch(() => writeState(codec, new URLSearchParams(location.search), changed), {
        replace: how?.replace ?? false,
        preventScrollReset: true,
      });
    },
    [codec, setSearch],
  );
  return [state, change];
}

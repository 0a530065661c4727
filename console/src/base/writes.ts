/**
 * Writes that are made one after the other, and what of them is still owed. Whoever goes on from a form waits here first: a field
 * that is left by the press of a button has its write begun by the same press. Owed is only what may still be written: what was
 * refused or given up is told to whoever waits for it, and never written later, when nobody looks.
 */
export interface Writes<T> {
  /** Writes these changes, after those before them and with those that are owed. */
  add: (changes: readonly T[]) => Promise<void>;
  /**
   * Waits until nothing is being written. What is owed is tried once more; where that fails, or something is refused meanwhile,
   * so does this.
   */
  settled: () => Promise<void>;
}

/** Whether the same write may succeed later: not where the error says of itself that it is `final`. */
function lasting(error: unknown): boolean {
  return !(error instanceof Error && 'final' in error && error.final === true);
}

/** `same`: whether a later change takes the place of an earlier one. */
export function writesOf<T>(
  write: (changes: readonly T[]) => Promise<void>,
  same: (earlier: T, later: T) => boolean,
): Writes<T> {
  let last: Promise<void> = Promise.resolve();
  let owed: readonly T[] = [];
  let refused: { readonly error: unknown } | undefined;
  const go = (changes: readonly T[]): Promise<void> => {
    const mine = last
      .catch(() => undefined)
      .then(async () => {
        const all = [...owed.filter((one) => !changes.some((later) => same(one, later))), ...changes];
        if (all.length === 0) return;
        owed = all;
        try {
          await write(all);
        } catch (error) {
          if (lasting(error)) throw error;
          refused = { error };
          owed = [];
          throw error;
        }
        owed = [];
      });
    last = mine;
    return mine;
  };
  return {
    add: go,
    settled: async () => {
      // Something may be added while this waits.
      let waited: Promise<void> | undefined;
      const before = refused;
      while (waited !== last) {
        waited = last;
        // oxlint-disable-next-line no-await-in-loop -- each waits for the one before
        await waited.catch(() => undefined);
      }
      if (refused !== undefined && refused !== before) throw refused.error;
      if (owed.length > 0) await go([]);
    },
  };
}

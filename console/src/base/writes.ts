/**
 * Writes that are made one after the other, and what of them is still owed. Whoever goes on from a form waits here first: a field
 * that is left by the press of a button has its write begun by the same press.
 */
export interface Writes<T> {
  /** Writes these changes, after those before them and with those that could not be written. */
  add: (changes: readonly T[]) => Promise<void>;
  /** Waits until nothing is being written. What could not be written is tried once more; where that fails, so does this. */
  settled: () => Promise<void>;
}

/** `same`: whether a later change takes the place of an earlier one. */
export function writesOf<T>(
  write: (changes: readonly T[]) => Promise<void>,
  same: (earlier: T, later: T) => boolean,
): Writes<T> {
  let last: Promise<void> = Promise.resolve();
  let owed: readonly T[] = [];
  const go = (changes: readonly T[]): Promise<void> => {
    const mine = last
      .catch(() => undefined)
      .then(async () => {
        const all = [...owed.filter((one) => !changes.some((later) => same(one, later))), ...changes];
        if (all.length === 0) return;
        owed = all;
        await write(all);
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
      while (waited !== last) {
        waited = last;
        // oxlint-disable-next-line no-await-in-loop -- each waits for the one before
        await waited.catch(() => undefined);
      }
      if (owed.length > 0) await go([]);
    },
  };
}

/**
 * Edits of the forms beside a text. The server works each out on the text as it is when its turn comes; a field that is left by
 * the press of a button is among them, so whoever saves waits for it.
 */
import { useEffect, useRef, useState } from 'react';

import { type Writes, writesOf } from '#/base/writes';

import { type TextEdit, edit } from './queries.ts';
import { worked } from './rules.ts';

function samePlace(a: TextEdit, b: TextEdit): boolean {
  return JSON.stringify(a.path) === JSON.stringify(b.path);
}

export function useEdits(drawn: string, change: (after: string) => void) {
  // The text as it is now; the one that was drawn may be older.
  const now = useRef(drawn);
  const tell = useRef(change);
  useEffect(() => {
    now.current = drawn;
    tell.current = change;
  });
  const writes = useRef<Writes<TextEdit>>(undefined);
  const [underway, setUnderway] = useState(0);
  const put = (after: string) => {
    now.current = after;
    tell.current(after);
  };
  const write = async (edits: readonly TextEdit[]) => {
    put(
      await worked(
        () => now.current,
        (text) => edit(text, edits),
      ),
    );
  };
  return {
    /** Whether an edit is not in the text yet. */
    busy: underway > 0,
    put,
    apply: async (edits: readonly TextEdit[]) => {
      setUnderway((n) => n + 1);
      try {
        writes.current ??= writesOf(write, samePlace);
        await writes.current.add(edits);
      } finally {
        setUnderway((n) => n - 1);
      }
    },
    /** Puts what a work makes of the text with all edits. */
    through: async (work: (text: string) => Promise<{ text: string }>) => {
      await writes.current?.settled();
      put(await worked(() => now.current, work));
    },
    /** The text with all edits. */
    whole: async (): Promise<string> => {
      await writes.current?.settled();
      return now.current;
    },
  };
}

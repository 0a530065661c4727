/**
 * Edits of the forms beside a text. The server works each out on the text as it is when its turn comes; a field that is left by
 * the press of a button is among them, so whoever saves waits for it.
 */
import { useEffect, useRef, useState } from 'react';

import { type Writes, writesOf } from '#/base/writes';

import { type TextEdit, edit } from './queries.ts';

function samePlace(a: TextEdit, b: TextEdit): boolean {
  return JSON.stringify(a.path) === JSON.stringify(b.path);
}

export function useEdits(text: string, change: (after: string) => void) {
  // The text as it is now; the one that was drawn may be older.
  const now = useRef(text);
  const tell = useRef(change);
  useEffect(() => {
    now.current = text;
    tell.current = change;
  });
  const writes = useRef<Writes<TextEdit>>(undefined);
  const [underway, setUnderway] = useState(0);
  const put = (after: string) => {
    now.current = after;
    tell.current(after);
  };
  const write = async (edits: readonly TextEdit[]) => {
    const before = now.current;
    const { text: after } = await edit(before, edits);
    // Something was typed meanwhile: the edit is worked out anew on that.
    put(now.current === before ? after : (await edit(now.current, edits)).text);
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
    /** The text with all edits. */
    whole: async (): Promise<string> => {
      await writes.current?.settled();
      return now.current;
    },
  };
}

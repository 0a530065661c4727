/**
 * What a form was begun with: the object, and by it the tag that its write names. What is read again meanwhile, by an event or
 * because somebody comes back to the window, changes neither: old values under a new tag would undo what others did.
 */
import { useState } from 'react';

/** What is held: nothing before editing begins, the same from then on. */
export function holding<T>(held: { readonly value: T } | undefined, now: T, begun: boolean) {
  if (!begun) return undefined;
  return held ?? { value: now };
}

export function useOpened<T>(now: T, begun: boolean): { opened: T; anew: () => void; saved: (as: T) => void } {
  const [held, setHeld] = useState<{ readonly value: T }>();
  const after = holding(held, now, begun);
  if (after !== held) setHeld(after);
  return {
    opened: after ? after.value : now,
    /** Goes on from what is there now: somebody was told that it is another one, and asked for it. */
    anew: () => setHeld({ value: now }),
    /** Goes on from what was just saved, where more has been typed meanwhile. */
    saved: (as: T) => setHeld({ value: as }),
  };
}

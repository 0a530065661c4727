/** The text of a workflow that is being edited: kept in this browser until it is saved or discarded. */
import { useState } from 'react';

import { useMe } from '#/api/session';
import { draftName, dropDraft, keepDraft, keptDraft } from '#/base/draft';
import { useTenant } from '#/ui/zone';

/** The draft over a saved text: what was typed, and how it is changed and given up. */
export function useTextDraft(id: string, saved: string) {
  const me = useMe();
  const name = draftName(me.actor, useTenant(), `workflow.${id}`);
  const [typed, setTyped] = useState<string | undefined>(() => {
    const kept = keptDraft(name);
    return typeof kept === 'string' ? kept : undefined;
  });
  const text = typed ?? saved;
  return {
    text,
    dirty: text !== saved,
    change: (after: string) => {
      setTyped(after);
      if (after === saved) dropDraft(name);
      else keepDraft(name, after);
    },
    drop: () => {
      setTyped(undefined);
      dropDraft(name);
    },
    /** This text was saved, and `saved` is new: what was typed since then stays a draft. */
    kept: (text: string) => {
      setTyped((now) => (now === text ? undefined : now));
      if (keptDraft(name) === text) dropDraft(name);
    },
  };
}

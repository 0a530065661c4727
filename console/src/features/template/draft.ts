/** What was decided in the wizard and is not active yet: kept over reload and session end, thrown away when it is active. */
import { useState } from 'react';

import { useMe } from '#/api/session';
import { draftName, dropDraft, keepDraft, keptDraft } from '#/base/draft';
import { useTenant } from '#/ui/zone';

export interface Draft {
  /** The YAML as it stands now. */
  readonly text: string;
  readonly id: string;
  /** Which connection stands for which name of the text. */
  readonly connections: Readonly<Record<string, string>>;
}

function isDraft(kept: unknown): kept is Draft {
  return typeof kept === 'object' && kept !== null && 'text' in kept && 'id' in kept && 'connections' in kept;
}

/** The draft of a template, as it was left or as it begins. */
export function useDraft(template: string, begin: Draft) {
  const me = useMe();
  const tenant = useTenant();
  const name = draftName(me.actor, tenant, `template.${template}`);
  const [draft, setDraft] = useState<Draft>(() => {
    const kept = keptDraft(name);
    return isDraft(kept) ? kept : begin;
  });
  return {
    draft,
    change: (change: Partial<Draft>) => {
      const after = { ...draft, ...change };
      setDraft(after);
      keepDraft(name, after);
    },
    restart: () => {
      dropDraft(name);
      setDraft(begin);
    },
    drop: () => dropDraft(name),
  };
}

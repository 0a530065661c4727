/**
 * What was decided in the wizard and is not active yet. The server keeps it: over a reload, the end of the session, and in
 * another browser. Looking makes no draft; the first decision does.
 */
import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';

import { Refused } from '#/api/problem';
import { stale } from '#/api/stale';

import {
  type Template,
  type TextEdit,
  type WizardDraft,
  beginDraft,
  draftQuery,
  draftsQuery,
  dropDraft,
  editDraft,
  validate,
} from './queries.ts';

/** The draft as it is known here now; the one that is being written counts, not the one that was drawn. */
function known(client: QueryClient, id: string): WizardDraft | undefined {
  return client.getQueryData<WizardDraft>(draftQuery(id).queryKey);
}

export function useDraft(template: Template) {
  const client = useQueryClient();
  const lines = useQuery(draftsQuery());
  const there = lines.data?.items.some(({ id }) => id === template.id) ?? false;
  const kept = useQuery({ ...draftQuery(template.id), enabled: there });
  const begin = template.text ?? '';
  // Without a draft the template itself is looked at. The answer with a draft has it all in one.
  const plain = useQuery({
    queryKey: ['/compiler/validate', begin] as const,
    queryFn: () => validate(begin),
    staleTime: Number.POSITIVE_INFINITY,
    enabled: lines.data !== undefined && !there,
  });
  const draft = there ? kept.data : undefined;
  const writing = useRef<Promise<unknown>>(Promise.resolve());
  const write = async (edits: TextEdit[]): Promise<void> => {
    const before = known(client, template.id);
    let after: WizardDraft;
    try {
      after = before ? await editDraft(before, edits) : await beginDraft(template.id, edits);
    } catch (error) {
      // Somebody else went on with it: what they did is shown, and one decides again.
      if (error instanceof Refused && error.status === 409) await stale(client, ['draft']);
      throw error;
    }
    // A reading that was underway meanwhile tells how the draft was before, and must not come after this.
    const { queryKey } = draftQuery(template.id);
    await client.cancelQueries({ queryKey });
    client.setQueryData(queryKey, after);
    if (!before) await client.invalidateQueries({ queryKey: draftsQuery().queryKey });
  };
  return {
    /** What is being decided; undefined while it is read. */
    text: draft?.text ?? (plain.data ? begin : undefined),
    content: (draft?.checked ?? plain.data)?.outline?.content,
    draft,
    error: lines.error ?? (there ? kept.error : plain.error),
    again: () => {
      void lines.refetch();
      if (there) void kept.refetch();
    },
    /** Decisions are written one after the other, each on what the one before made. */
    change: (edits: TextEdit[]): Promise<void> => {
      const mine = writing.current.catch(() => undefined).then(() => write(edits));
      writing.current = mine;
      return mine;
    },
    /** Throws it away: it became a workflow, or somebody starts over. */
    drop: async () => {
      const now = known(client, template.id);
      if (now) await dropDraft(now);
      client.removeQueries({ queryKey: draftQuery(template.id).queryKey });
      await client.invalidateQueries({ queryKey: draftsQuery().queryKey });
    },
  };
}

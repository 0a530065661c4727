/**
 * What was decided in the wizard and is not active yet. The server keeps it: over a reload, the end of the session, and in
 * another browser. Looking makes no draft; the first decision does.
 */
import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { Refused } from '#/api/problem';
import { stale } from '#/api/stale';
import { writesOf } from '#/base/writes';

import {
  type DraftLine,
  type Template,
  type TextEdit,
  type WizardDraft,
  beginDraft,
  draftQuery,
  draftsQuery,
  dropDraft,
  editDraft,
  validateQuery,
} from './queries.ts';

/** Whether two edits are about the same place of the text. */
function samePlace(a: TextEdit, b: TextEdit): boolean {
  return JSON.stringify(a.path) === JSON.stringify(b.path);
}

/** The draft as it is known here now; the one that is being written counts, not the one that was drawn. */
function known(client: QueryClient, id: string): WizardDraft | undefined {
  return client.getQueryData<WizardDraft>(draftQuery(id).queryKey);
}

/** Whether a refusal says that the draft is another one by now, or is gone. */
export function isOvertaken(error: unknown): boolean {
  return error instanceof Refused && [404, 409, 412].includes(error.status);
}

/** What was decided: the text, and what stands in it. */
export interface Decided {
  readonly text: string;
  readonly content: unknown;
}

/** The draft of a template's wizard; one that began with a version of a workflow is the editor's. */
export function draftOf<T extends Pick<DraftLine, 'id' | 'template' | 'base'>>(
  lines: readonly T[],
  template: string,
): T | undefined {
  const mine = lines.filter((line) => line.template === template && (line.base ?? undefined) === undefined);
  return mine.find(({ id }) => id === template) ?? mine[0];
}

/** How a draft begins: its own id, and what is said first in it. */
export interface Beginning {
  readonly id: string;
  readonly edits: readonly TextEdit[];
}

/** `begins` is asked before the first decision is kept; it is of the first time that this is drawn. */
export function useDraft(template: Template, begins: () => Promise<Beginning>) {
  const client = useQueryClient();
  const lines = useQuery(draftsQuery());
  const line = draftOf(lines.data?.items ?? [], template.id);
  const there = line !== undefined;
  const kept = useQuery({ ...draftQuery(line?.id ?? ''), enabled: there });
  const begin = template.text ?? '';
  // Without a draft the template itself is looked at. The answer with a draft has it all in one.
  const plain = useQuery({ ...validateQuery(begin), enabled: lines.data !== undefined && !there });
  const draft = there ? kept.data : undefined;
  /** From here on nobody asks for the draft: it is gone, or about to be, and news of that may come before the answer. */
  const hide = (id: string) =>
    client.setQueryData(draftsQuery().queryKey, (before) =>
      before ? { ...before, items: before.items.filter((one) => one.id !== id) } : before,
    );
  const list = () => client.invalidateQueries({ queryKey: draftsQuery().queryKey });
  const write = async (edits: readonly TextEdit[]): Promise<void> => {
    let after: WizardDraft;
    let before: WizardDraft | undefined;
    try {
      before = await current();
      if (before) after = await editDraft(before, edits);
      else {
        const first = await begins();
        after = await beginDraft(template.id, first.id, [...first.edits, ...edits]);
      }
    } catch (error) {
      // Somebody else went on with it, or threw it away: what they did is shown, and one decides again.
      if (before && error instanceof Refused && error.status === 404) {
        hide(before.id);
        client.removeQueries({ queryKey: draftQuery(before.id).queryKey });
      }
      if (isOvertaken(error)) await stale(client, ['draft']);
      throw error;
    }
    // A reading that was underway meanwhile tells how the draft was before, and must not come after this.
    const { queryKey } = draftQuery(after.id);
    await client.cancelQueries({ queryKey });
    client.setQueryData(queryKey, after);
    if (before) return;
    // Known at once, also where the list does not come: another decision would begin another draft.
    client.setQueryData(draftsQuery().queryKey, (all) => all && { ...all, items: [...all.items, after] });
    await list();
  };
  /** The draft as it is now, also where this page has not read it yet. */
  const current = async (): Promise<WizardDraft | undefined> => {
    const { items } = await client.ensureQueryData(draftsQuery());
    const one = draftOf(items, template.id);
    return one && (known(client, one.id) ?? client.ensureQueryData(draftQuery(one.id)));
  };
  const [writes] = useState(() => writesOf<TextEdit>(write, samePlace));
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
    change: writes.add,
    /** What was decided, with what is on its way to the server still. Nobody goes on with less. */
    decided: async (): Promise<Decided> => {
      await writes.settled();
      const now = await current();
      if (now) return { text: now.text, content: now.checked.outline?.content };
      return { text: begin, content: (await client.ensureQueryData(validateQuery(begin))).outline?.content };
    },
    /** The draft as it is when nothing is on its way any more. */
    settled: async (): Promise<WizardDraft | undefined> => {
      await writes.settled();
      return current();
    },
    /** Throws it away: it became a workflow, or somebody starts over. */
    drop: async () => {
      await writes.settled().catch(() => undefined);
      const now = await current();
      const before = client.getQueryData(draftsQuery().queryKey);
      if (now) hide(now.id);
      try {
        if (now) await dropDraft(now);
      } catch (error) {
        // Gone already is as good as thrown away; what somebody else made of it is shown first.
        if (!(error instanceof Refused && error.status === 404)) {
          client.setQueryData(draftsQuery().queryKey, before);
          await stale(client, ['draft']);
          throw error;
        }
      }
      if (now) client.removeQueries({ queryKey: draftQuery(now.id).queryKey });
      await list();
    },
  };
}

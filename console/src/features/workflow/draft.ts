/**
 * The text of a workflow that is being edited. The server keeps the draft, over a reload and in another browser; what it has not
 * confirmed yet is kept in this browser meanwhile.
 */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';

import { Refused } from '#/api/problem';
import { useMay, useMe } from '#/api/session';
import { draftName, dropDraft as dropLocal, keepDraft as keepLocal, keptDraft as keptLocal } from '#/base/draft';
import { useTenant } from '#/ui/zone';

import { type Draft, beginDraft, draftQuery, draftsQuery, dropDraft, putDraft } from './queries.ts';
import { goesWith } from './rules.ts';

/** How long typing rests before the server is told, in ms. */
const rest = 500;

/** Somebody else has a draft of the same workflow, with other changes: it is not written over without a question. */
export class OtherDraft extends Error {}

export interface TextDraft {
  readonly text: string;
  readonly dirty: boolean;
  /** The draft as the server keeps it; undefined while it has none. */
  readonly kept: Draft | undefined;
  /** Whether the server has what stands here. */
  readonly confirmed: boolean;
  /** Why it could not be kept. */
  readonly error: unknown;
  /** Whether somebody else has written the same draft in the meantime. */
  readonly overtaken: boolean;
  change: (after: string) => void;
  /** Throws it away, here and on the server. */
  drop: () => Promise<void>;
  /** This text was saved as a version: what was typed since then stays a draft. */
  settle: (text: string) => Promise<void>;
  /** Goes on with what the server has. */
  takeTheirs: () => Promise<void>;
  /** Keeps what stands here, over what the server has. */
  keepMine: () => Promise<void>;
}

/** What the server has; `ready` once that is known. */
export function useKept(id: string) {
  const lines = useQuery(draftsQuery());
  const there = lines.data?.items.some((line) => line.id === id) ?? false;
  const kept = useQuery({ ...draftQuery(id), enabled: there, refetchOnWindowFocus: false });
  return {
    ready: lines.data !== undefined && (!there || kept.data !== undefined),
    kept: there ? kept.data : undefined,
    error: lines.error ?? (there ? kept.error : null),
    again: () => void (lines.error ? lines.refetch() : kept.refetch()),
  };
}

/** The draft over a saved text, once it is known what the server has. */
export function useTextDraft(id: string, saved: string, kept: Draft | undefined): TextDraft {
  const client = useQueryClient();
  const me = useMe();
  const may = useMay('workflow:edit');
  const name = draftName(me.actor, useTenant(), `workflow.${id}`);
  const [typed, setTyped] = useState<string | undefined>(() => {
    const local = keptLocal(name);
    return typeof local === 'string' ? local : undefined;
  });
  // What was typed as it is now; the one that was drawn may be older.
  const latest = useRef(typed);
  /** The state of the draft that this page wrote or went on from; what others write has another. */
  const ours = useRef(kept?.etag);
  const become = (after: string | undefined) => {
    latest.current = after;
    setTyped(after);
  };
  const [error, setError] = useState<unknown>();
  const writing = useRef<Promise<unknown>>(Promise.resolve());
  const { queryKey } = draftQuery(id);
  const known = useCallback(
    () => client.getQueryData<Draft>(draftQuery(id).queryKey),
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- the key hangs on the id
    [client, id],
  );
  const list = () => client.invalidateQueries({ queryKey: draftsQuery().queryKey });
  /** From here on nobody asks for the draft: it is about to go, and news of that may come before the answer. */
  const hide = () =>
    client.setQueryData(draftsQuery().queryKey, (lines) =>
      lines ? { ...lines, items: lines.items.filter((line) => line.id !== id) } : lines,
    );
  /** Writes are made one after the other, each on what the one before made. */
  const queue = (write: () => Promise<void>): Promise<void> => {
    const mine = writing.current.catch(() => undefined).then(write);
    writing.current = mine;
    return mine;
  };
  const keep = (text: string, over?: Draft) =>
    queue(async () => {
      // It was saved or thrown away while this waited for its turn.
      if (latest.current === undefined && over === undefined) return;
      try {
        const before = over ?? known() ?? (await beginDraft(id));
        // What this page neither wrote nor began with is somebody else's, also that of another tab.
        const theirs = before.etag !== ours.current && before.text !== saved && before.text !== text;
        if (theirs && over === undefined) throw new OtherDraft();
        const after = before.text === text ? before : await putDraft(before, text);
        ours.current = after.etag;
        await client.cancelQueries({ queryKey });
        client.setQueryData(queryKey, after);
        await list();
        if (keptLocal(name) === text) dropLocal(name);
        setError(undefined);
      } catch (wrong) {
        setError(wrong);
      }
    });
  const text = typed ?? kept?.text ?? saved;
  const confirmed = kept?.text === text;
  const drop = () =>
    queue(async () => {
      dropLocal(name);
      const now = known();
      hide();
      try {
        if (now) await dropDraft(now);
      } catch (wrong) {
        await list();
        throw wrong;
      }
      client.removeQueries({ queryKey });
      become(undefined);
      setError(undefined);
      await list();
    });
  useEffect(() => {
    if (typed === undefined || !may) return undefined;
    // Typed back to what is saved: there is nothing to keep any more.
    const back = typed === saved;
    if (back ? kept === undefined : confirmed) {
      dropLocal(name);
      return undefined;
    }
    const wait = setTimeout(() => void (back ? drop().catch(setError) : keep(typed)), rest);
    return () => clearTimeout(wait);
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- only what was typed is a reason to write
  }, [typed, saved, may]);
  const theirs = async () => {
    await list();
    return client.fetchQuery({ ...draftQuery(id), staleTime: 0 });
  };
  return {
    text,
    dirty: text !== saved,
    kept,
    confirmed,
    error,
    overtaken:
      error instanceof OtherDraft || (error instanceof Refused && (error.status === 409 || error.status === 412)),
    change: (after) => {
      if (latest.current === undefined) ours.current = known()?.etag;
      become(after);
      keepLocal(name, after);
    },
    drop,
    settle: (done) =>
      queue(async () => {
        const now = known();
        if (now && goesWith(now, { text: done, ours: ours.current, typed: latest.current })) {
          // Whoever wrote it meanwhile keeps it.
          hide();
          await dropDraft(now).catch(() => undefined);
          client.removeQueries({ queryKey });
        }
        if (keptLocal(name) === done) dropLocal(name);
        if (latest.current === done) become(undefined);
        await list();
      }),
    takeTheirs: async () => {
      await theirs();
      dropLocal(name);
      become(undefined);
      setError(undefined);
    },
    keepMine: async () => keep(text, await theirs()),
  };
}

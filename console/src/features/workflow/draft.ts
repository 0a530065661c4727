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

import { draftsQuery, textQuery } from './asked.ts';
import { type Draft, type WorkflowText, beginDraft, draftQuery, dropDraft, putDraft } from './queries.ts';
import { type Typed, goesWith, isOthers, madeFrom, typedIn } from './rules.ts';

/** How long typing rests before the server is told, in ms. */
const rest = 500;

/**
 * Somebody else has a draft of the same workflow, with other changes: it is not written over without a question. The `cause` is
 * why an answer to that question could not be carried out.
 */
export class OtherDraft extends Error {}

export interface TextDraft {
  readonly text: string;
  readonly dirty: boolean;
  /** The version that it was made from. */
  readonly base: number;
  /** The draft as the server keeps it; undefined while it has none. */
  readonly kept: Draft | undefined;
  /** Whether the server has what stands here. */
  readonly confirmed: boolean;
  /** Why it could not be kept. */
  readonly error: unknown;
  /** Whether somebody else has written the same draft in the meantime. */
  readonly overtaken: boolean;
  change: (after: string) => void;
  /** Throws it away, here and on the server; what somebody else wrote there meanwhile stays. */
  drop: () => Promise<void>;
  /** What stands here was saved as this version. */
  builtOn: (version: number) => void;
  /** This text was saved as a version: what was typed since then stays a draft. */
  settle: (text: string) => Promise<void>;
  /** Goes on with what the server has; false where it has none any more, and what stands here stays. */
  takeTheirs: () => Promise<boolean>;
  /** Keeps what stands here, over what the server has. */
  keepMine: () => Promise<void>;
}

/** Whether a draft is not there any more: it was saved as a version or thrown away. */
function isGone(wrong: unknown): boolean {
  return wrong instanceof Refused && wrong.status === 404;
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
export function useTextDraft(id: string, saved: WorkflowText, kept: Draft | undefined): TextDraft {
  const client = useQueryClient();
  const me = useMe();
  const may = useMay('workflow:edit');
  const name = draftName(me.actor, useTenant(), `workflow.${id}`);
  const [local] = useState(() => typedIn(keptLocal(name)));
  const [typed, setTyped] = useState<Typed | undefined>(local);
  // What was typed as it is now; the one that was drawn may be older.
  const latest = useRef(typed);
  /**
   * The state of the draft that this page wrote or went on from; what others write has another. What was typed before a reload
   * went on from what it says, and not from what is there by now.
   */
  const ours = useRef(local === undefined ? kept?.etag : local.on);
  const become = (after: Typed | undefined) => {
    latest.current = after;
    setTyped(after);
  };
  /** Keeps it in this browser, with what it was made on. */
  const hold = ({ text, base }: Typed) => {
    const after = { text, base, on: ours.current };
    become(after);
    keepLocal(name, after);
  };
  const [error, setError] = useState<unknown>();
  // Of a draft that names no version nothing older is known than the version that was there at first.
  const [first] = useState(saved.version);
  /** The version that this page saved just now, until the answers know of it. */
  const [fresh, setFresh] = useState<number>();
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
  /** The draft is not there any more. */
  const forget = () => {
    hide();
    client.removeQueries({ queryKey });
  };
  /** Writes are made one after the other, each on what the one before made. */
  const queue = <T>(write: () => Promise<T>): Promise<T> => {
    const mine = writing.current.catch(() => undefined).then(write);
    writing.current = mine;
    return mine;
  };
  const isTyped = (what: string | undefined) => latest.current?.text === what;
  /** What stands in the version that a draft was begun with; a draft that says the same is nobody's work yet. */
  const begunWith = async ({ base: version }: Draft): Promise<string | undefined> => {
    if (version === null || version === undefined) return undefined;
    return (await client.fetchQuery({ ...textQuery(id, version), staleTime: 60_000 }).catch(() => undefined))?.text;
  };
  const still = (wrong: unknown) => setError(new OtherDraft('', { cause: wrong }));
  const keep = (text: string, over?: Draft) =>
    queue(async () => {
      // It was saved or thrown away while this waited for its turn.
      if (latest.current === undefined && over === undefined) return;
      try {
        const before = over ?? known() ?? (await beginDraft(id, latest.current?.base));
        // What this page neither wrote nor began with is somebody else's, also that of another tab.
        const theirs = isOthers(before, { ours: ours.current, saved: saved.text, typed: text });
        if (theirs && over === undefined && before.text !== (await begunWith(before))) throw new OtherDraft();
        const after = before.text === text ? before : await putDraft(before, text);
        ours.current = after.etag;
        await client.cancelQueries({ queryKey });
        client.setQueryData(queryKey, after);
        await list();
        if (typedIn(keptLocal(name))?.text === text) dropLocal(name);
        // What was typed meanwhile goes on from what was just written.
        else if (latest.current && isTyped(typedIn(keptLocal(name))?.text)) hold(latest.current);
        setError(undefined);
      } catch (wrong) {
        // The question stays where its answer could not be carried out.
        if (over === undefined) setError(wrong);
        else still(wrong);
      }
    });
  const text = typed?.text ?? kept?.text ?? saved.text;
  const base = fresh ?? madeFrom({ saved, typed, kept, first });
  const confirmed = kept?.text === text;
  const drop = () =>
    queue(async () => {
      const now = known();
      // What stands here is another one than the server has: only that goes.
      const mine = latest.current === undefined || now?.etag === ours.current;
      if (now && mine) {
        hide();
        try {
          await dropDraft(now);
        } catch (wrong) {
          if (!isGone(wrong)) {
            await list();
            throw wrong;
          }
        }
        client.removeQueries({ queryKey });
      }
      dropLocal(name);
      become(undefined);
      setError(undefined);
      await list();
    });
  const written = typed?.text;
  useEffect(() => {
    if (written === undefined || !may) return undefined;
    // Typed back to what is saved: there is nothing to keep any more.
    const back = written === saved.text;
    if (back ? kept === undefined : confirmed) {
      // What is typed next goes on from it, also where it was written just before a reload.
      if (kept) ours.current = kept.etag;
      dropLocal(name);
      return undefined;
    }
    const wait = setTimeout(() => void (back ? drop().catch(setError) : keep(written)), rest);
    return () => clearTimeout(wait);
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- only what was typed is a reason to write
  }, [written, saved.text, may]);
  /** What the server has by now; undefined where the draft was saved or thrown away meanwhile. */
  const theirs = async (): Promise<Draft | undefined> => {
    await list();
    try {
      return await client.fetchQuery({ ...draftQuery(id), staleTime: 0 });
    } catch (wrong) {
      if (!isGone(wrong)) throw wrong;
      forget();
      ours.current = undefined;
      return undefined;
    }
  };
  return {
    text,
    dirty: text !== saved.text,
    base,
    kept,
    confirmed,
    error,
    overtaken:
      error instanceof OtherDraft || (error instanceof Refused && (error.status === 409 || error.status === 412)),
    change: (after) => {
      if (latest.current === undefined) ours.current = known()?.etag;
      hold({ text: after, base: fresh ?? madeFrom({ saved, typed: latest.current, kept, first }) });
    },
    drop,
    builtOn: (version) => {
      setFresh(version);
      if (latest.current) hold({ ...latest.current, base: version });
    },
    settle: (done) =>
      queue(async () => {
        const now = known();
        if (now && goesWith(now, { text: done, ours: ours.current, typed: latest.current?.text })) {
          // Whoever wrote it meanwhile keeps it.
          hide();
          await dropDraft(now).catch(() => undefined);
          client.removeQueries({ queryKey });
        }
        if (typedIn(keptLocal(name))?.text === done) dropLocal(name);
        if (isTyped(done)) become(undefined);
        setFresh(undefined);
        await list();
      }),
    takeTheirs: async () => {
      try {
        if ((await theirs()) === undefined) {
          if (latest.current) await keep(latest.current.text);
          return false;
        }
        dropLocal(name);
        become(undefined);
        setFresh(undefined);
        setError(undefined);
      } catch (wrong) {
        still(wrong);
      }
      return true;
    },
    keepMine: async () => {
      try {
        const there = await theirs();
        await keep(text, there);
      } catch (wrong) {
        still(wrong);
      }
    },
  };
}

/** A message while it is written: what is wrong with it, and what is sent. Pure. */
import type { NewMessage } from './queries.ts';

export interface Draft {
  readonly connection: string;
  readonly everybody: boolean;
  readonly people: readonly { id: string; label: string }[];
  readonly departments: readonly string[];
  readonly tags: readonly string[];
  readonly form: 'text' | 'markdown' | 'card';
  readonly content: string;
  readonly title: string;
  readonly description: string;
  readonly url: string;
}

export const emptyDraft: Draft = {
  connection: '',
  everybody: false,
  people: [],
  departments: [],
  tags: [],
  form: 'text',
  content: '',
  title: '',
  description: '',
  url: '',
};

/** The key under which a kept draft is sent: the same over a reload, so that a lost answer is no second message. */
export function keyIn(kept: unknown): string | undefined {
  const key = typeof kept === 'object' && kept !== null && 'key' in kept ? kept.key : undefined;
  return typeof key === 'string' && key !== '' ? key : undefined;
}

/** The most bytes that a text has, by the rules of WeCom. */
export const mostBytes = 2048;

/** How many bytes a text has. */
export function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** Why it cannot be sent as it is. */
export function wrongWith(draft: Draft): 'noOne' | 'noContent' | 'tooLong' | undefined {
  const someone = draft.everybody || draft.people.length + draft.departments.length + draft.tags.length > 0;
  if (!someone) return 'noOne';
  const written =
    draft.form === 'card' ? draft.title.trim() !== '' && draft.url.trim() !== '' : draft.content.trim() !== '';
  if (!written) return 'noContent';
  return draft.form !== 'card' && bytesOf(draft.content) > mostBytes ? 'tooLong' : undefined;
}

/** What is sent. */
export function sentOf(draft: Draft, how: { check: boolean; skip: boolean }): NewMessage {
  const to = draft.everybody
    ? { send_all: true, confirm_all: true }
    : {
        receivers: draft.people.map(({ id }) => id),
        departments: [...draft.departments],
        tags: [...draft.tags],
        skip_unbound: how.skip,
      };
  const what =
    draft.form === 'card'
      ? {
          card: {
            title: draft.title.trim(),
            url: draft.url.trim(),
            ...(draft.description.trim() ? { description: draft.description.trim() } : {}),
          },
        }
      : { [draft.form]: draft.content };
  return { ...(draft.connection ? { connection: draft.connection } : {}), ...to, ...what, only_check: how.check };
}

/** What is an entry about, and on which page is that? Pure. */
import type { components } from '#/api/contract';
import type { Links } from '#/base/links';

type Entry = Pick<components['schemas']['AuditEntry'], 'deed' | 'about' | 'after' | 'before'>;

function named(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { id, name } = value as { id?: unknown; name?: unknown };
  if (typeof id === 'string') return id;
  return typeof name === 'string' ? name : undefined;
}

/** The object of an entry; what is made has no address yet, and is named by what was sent. */
export function aboutOf(entry: Entry): string | undefined {
  return entry.about ?? named(entry.after) ?? named(entry.before);
}

/** Deeds by the sort of object that they are about. */
const sorts: readonly [RegExp, 'account' | 'person' | 'run' | 'workflow' | 'connection'][] = [
  [/^(sign_in|sign_out|redeem_link)$|_account$|^(give_password|grant_roles|change_password)$/, 'account'],
  [/_directory_object$/, 'person'],
  [/^(approve|cancel|pause|pin|reject|resume|retry)_run$|^plan_retry$/, 'run'],
  [/_workflow$|^(start_run|new_hook_secret|use_connection)$|_draft$/, 'workflow'],
  [/_connection$|^(rotate_secrets|preview_scope|new_callback_keys)$/, 'connection'],
];

/** What an entry is about. */
export function sortOf(deed: string): 'account' | 'person' | 'run' | 'workflow' | 'connection' | undefined {
  return sorts.find(([pattern]) => pattern.test(deed))?.[1];
}

/** Whether it was done to a draft: that may never become a workflow. */
function isOfDraft(deed: string): boolean {
  return deed === 'use_connection' || deed.endsWith('_draft');
}

/** The page of what an entry is about, where there is one: `workflows` are those that there are. */
export function pageOf(entry: Entry, links: Links, workflows: ReadonlySet<string>): string | undefined {
  const about = aboutOf(entry);
  if (about === undefined) return undefined;
  switch (sortOf(entry.deed)) {
    case 'person':
      return links.people({ person: about });
    case 'run':
      return links.run(about);
    case 'workflow':
      return isOfDraft(entry.deed) && !workflows.has(about) ? undefined : links.workflow(about);
    case 'connection':
      return entry.deed === 'remove_connection' ? undefined : links.connection(about);
    default:
      return undefined;
  }
}

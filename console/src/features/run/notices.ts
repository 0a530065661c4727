/** Which sort of question does a held plan ask, and which of its notices ask for a look before anybody says go? Pure. */
import type { components } from '#/api/contract';

type Issue = components['schemas']['Issue'];

/** `adopt`: who is who in a target that is in use; `source`: whether the source is right; the rest is about how much it is. */
export type Question = 'adopt' | 'source' | 'limit' | 'other';

export function questionOf({ code, next }: Pick<Issue, 'code' | 'next'>): Question {
  if (code === 'adopt') return 'adopt';
  if (next?.kind === 'check_source') return 'source';
  return code.startsWith('limit_') ? 'limit' : 'other';
}

export function asksSource(held: readonly Pick<Issue, 'code' | 'next'>[]): boolean {
  return held.some((issue) => questionOf(issue) === 'source');
}

/** Steps by which a person decides about single objects. */
const decisions = new Set(['list_matching', 'decide_match', 'list_removals', 'decide_removal', 'check_source']);

/** Whether a notice tells of something that is hard to take back, or that waits for a decision. */
export function warns({ code, next }: Pick<Issue, 'code' | 'next'>): boolean {
  return code === 'adopt_renamed' || (next ? decisions.has(next.kind) : false);
}

/** What warns comes first; else as the server told it. */
export function inOrder<T extends Pick<Issue, 'code' | 'next'>>(notices: readonly T[]): T[] {
  return notices.toSorted((a, b) => Number(warns(b)) - Number(warns(a)));
}

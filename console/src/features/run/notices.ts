/** Which sort of question does a held plan ask, and which of its notices ask for a look before anybody says go? Pure. */
import type { components } from '#/api/contract';

type Issue = components['schemas']['Issue'];
type Check = Pick<components['schemas']['SafetyCheck'], 'rule' | 'ok' | 'source'>;
type Asking = Pick<Issue, 'code' | 'next'>;

/** A plan as far as it asks something. */
export interface Asked {
  readonly held: readonly Asking[];
  readonly safety: readonly Check[];
}

/**
 * `adopt`: who is who in a target that is in use; `source` and `target`: whether what was read there is right; the rest is about
 * how much it is.
 */
export type Question = 'adopt' | 'source' | 'target' | 'limit' | 'other';

/** What only somebody who has looked lets pass. The checks tell, also of a plan that nobody approves as it stands. */
function doubts({ code, next }: Asking, safety: readonly Check[]): boolean {
  return (
    next?.kind === 'check_source' ||
    // A rule about one field is named with it.
    safety.some(({ rule, ok, source }) => source && !ok && (rule === code || rule.startsWith(`${code}.`)))
  );
}

export function questionOf(issue: Asking, safety: readonly Check[] = []): Question {
  if (issue.code === 'adopt') return 'adopt';
  if (doubts(issue, safety)) return issue.code === 'target_missing' ? 'target' : 'source';
  return issue.code.startsWith('limit_') ? 'limit' : 'other';
}

/** Where somebody has to look before the plan can be approved; undefined where nowhere. */
export function lookedAt({ held, safety }: Asked): 'source' | 'target' | 'both' | undefined {
  const asked = new Set(held.map((issue) => questionOf(issue, safety)));
  if (asked.has('source')) return asked.has('target') ? 'both' : 'source';
  return asked.has('target') ? 'target' : undefined;
}

/** Steps by which a person decides about single objects. */
const decisions = new Set(['list_matching', 'decide_match', 'list_removals', 'decide_removal', 'check_source']);

/** Whether a notice tells of something that is hard to take back, or that waits for a decision. */
export function warns({ code, next }: Asking): boolean {
  return code === 'adopt_renamed' || (next ? decisions.has(next.kind) : false);
}

/** What warns comes first; else as the server told it. */
export function inOrder<T extends Asking>(notices: readonly T[]): T[] {
  return notices.toSorted((a, b) => Number(warns(b)) - Number(warns(a)));
}

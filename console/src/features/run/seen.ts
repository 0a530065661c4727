/** Carries out a plan that somebody saw: a run that comes to the same plan is approved; one that does not waits for a decision. */
import { fetchNow } from '#/api/client';
import { Refused } from '#/api/problem';

import { approve } from './queries.ts';

/** Waits until a run that was started is held or over; gives how it stands. */
async function settled(run: string) {
  for (let turn = 0; turn < 600; turn += 1) {
    const now = await fetchNow('/runs/{id}', { path: { id: run } });
    if (!['queued', 'planning'].includes(now.status)) return now;
    await new Promise((go) => {
      setTimeout(go, Math.min(200 + turn * 50, 1_000));
    });
  }
  return undefined;
}

/** The plan that somebody saw, and what they may say of it. */
export interface Seen {
  readonly hash: string | null | undefined;
  /** They have looked at the source. */
  readonly checked: boolean;
  /** They may approve at all. */
  readonly may: boolean;
}

/** Refusals that say: somebody else has to. */
const forOthers = ['four_eyes_starter', 'four_eyes_editor', 'approver_not_named'];

/** Whether a run waits for somebody else, where this one may not approve it. That is no failure: it was begun, and goes on then. */
function isForOthers(error: unknown): boolean {
  return error instanceof Refused && forOthers.includes(error.problem?.code ?? '');
}

/** Approves a run as soon as it is held with the plan that was seen. `waits`: it is held for a decision of somebody else. */
export async function approveSeen(run: string, { hash, checked, may }: Seen): Promise<'goes' | 'waits'> {
  const now = await settled(run);
  if (now?.status !== 'held') return 'goes';
  if (!may) return 'waits';
  if (!hash) return 'goes';
  const held = await fetchNow('/runs/{id}/plan', { path: { id: run }, query: { limit: 0 } });
  if (held.hash !== hash) return 'goes';
  try {
    await approve(run, { plan: hash, source_checked: checked });
  } catch (wrong) {
    if (isForOthers(wrong)) return 'waits';
    throw wrong;
  }
  return 'goes';
}

/** Carries out a plan that somebody saw: a run that comes to the same plan is approved; one that does not waits for a decision. */
import { fetchNow } from '#/api/client';

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

/** Approves a run as soon as it is held with the plan that was seen; `checked`: somebody has looked at the source. */
export async function approveSeen(run: string, seen: string | null | undefined, checked: boolean): Promise<void> {
  const now = await settled(run);
  if (now?.status !== 'held' || !seen) return;
  const held = await fetchNow('/runs/{id}/plan', { path: { id: run }, query: { limit: 0 } });
  if (held.hash === seen) await approve(run, { plan: seen, source_checked: checked });
}

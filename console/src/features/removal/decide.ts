/** How is a decision about removals sent, so that it reaches those that were ticked, and no other? */
import { write } from '#/api/client';
import type { components } from '#/api/contract';
import type { Issue } from '#/api/problem';

type Ticked = Pick<components['schemas']['Removal'], 'workflow' | 'digest'>;

export interface How {
  readonly verb: 'approve' | 'keep';
  /** Starts the workflows, which carry out what was approved. */
  readonly run: boolean;
  /** Why it is decided so. */
  readonly comment: string;
}

/** Is told which were decided, and which runs began by that. */
export type Told<T> = (rows: readonly T[], runs: readonly string[]) => void;

/**
 * Decides about removals, one workflow after the other: where none is named a decision holds for every workflow that asks about
 * the same removal, also where only that of another one was ticked. Tells what was decided and begun as it goes; gives why what
 * was approved was not begun.
 */
export async function decide<T extends Ticked>(
  rows: readonly T[],
  how: How,
  onDecided: Told<T>,
): Promise<Issue | undefined> {
  const begun = new Set<string>();
  const refusals: { why: Issue; ids: readonly string[] }[] = [];
  const comment = how.comment.trim();
  for (const workflow of new Set(rows.map((row) => row.workflow))) {
    const own = rows.filter((row) => row.workflow === workflow);
    const ids = own.map(({ digest }) => digest);
    const { runs, refused } = await write('post', `/removals/${how.verb}`, {
      body: { ids, workflow, run: how.run, ...(comment === '' ? {} : { comment }) },
    });
    // Of the runs of one workflow one may begin and another not: then not all of these have.
    if (refused) refusals.push({ why: refused, ids });
    else if (runs.length > 0) for (const id of ids) begun.add(id);
    onDecided(own, runs);
  }
  // Where another workflow does the same it is no matter that one could not be started.
  return refusals.find(({ ids }) => ids.some((id) => !begun.has(id)))?.why;
}

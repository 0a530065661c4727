/** How did a run end, in one sentence? The parts of it: what was done, and what was not. */
import { type Counts, changed, present, wrong } from './counts.ts';

export interface Part {
  readonly kind: string;
  readonly outcome: string;
  readonly n: number;
}

export interface Verdict {
  /** What was changed. */
  readonly done: readonly Part[];
  /** What somebody has to look at. */
  readonly missed: readonly Part[];
  readonly unchanged: number;
}

/** The parts of the sentence. */
export function verdictOf(counts: Counts): Verdict {
  const parts = present(counts);
  return {
    done: parts.filter(({ outcome }) => changed.some((word) => word === outcome)),
    missed: parts.filter(({ outcome }) => wrong.some((word) => word === outcome)),
    unchanged: parts.filter(({ outcome }) => outcome === 'unchanged').reduce((sum, { n }) => sum + n, 0),
  };
}

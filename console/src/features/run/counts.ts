/** What do the counts of a run say? `counts[kind][outcome]`. */

import type { Text } from '#/texts/language';

export type Counts = Record<string, Record<string, number>>;

/** The sum over all kinds for some outcomes. */
export function sumOf(counts: Counts, outcomes: readonly string[]): number {
  let sum = 0;
  for (const of of Object.values(counts)) for (const outcome of outcomes) sum += of[outcome] ?? 0;
  return sum;
}

/** Outcomes that somebody has to look at. */
export const wrong = ['failed', 'blocked', 'ambiguous', 'invalid', 'not_attempted'] as const;
/** Outcomes that changed something. */
export const changed = ['created', 'updated', 'removed', 'linked', 'sent'] as const;

/** What the counts hold, in a fixed order, without zeros. */
export function present(counts: Counts): { kind: string; outcome: string; n: number }[] {
  const order = [...wrong, ...changed, 'skipped', 'unchanged'] as readonly string[];
  return Object.entries(counts)
    .toSorted(([a], [b]) => a.localeCompare(b))
    .flatMap(([kind, of]) => Object.entries(of).map(([outcome, n]) => ({ kind, outcome, n })))
    .filter(({ n }) => n > 0)
    .toSorted((a, b) => rank(order, a.outcome) - rank(order, b.outcome));
}

/** What one of them counts, as the address of a run asks for it: of each kind by itself. */
export function itemsOf({ kind, outcome }: { kind: string; outcome: string }) {
  return { tab: 'items', kind, outcome };
}

function rank(order: readonly string[], word: string): number {
  const at = order.indexOf(word);
  return at === -1 ? order.length : at;
}

/** Whether a run still goes on; those are asked for again. */
export function underway(status: string): boolean {
  return ['queued', 'planning', 'applying'].includes(status);
}

/** How many changes a plan makes, how many of them take access away, and how many objects it cannot do anything about. */
export function sizeOf(groups: readonly { planned: string; removes: boolean; count: number }[]) {
  const sum = (which: (group: { planned: string; removes: boolean }) => boolean) =>
    groups.filter(which).reduce((total, { count }) => total + count, 0);
  return {
    changes: sum(({ planned }) => planned === 'do'),
    removes: sum(({ planned, removes }) => planned === 'do' && removes),
    left: sum(({ planned }) => planned !== 'do'),
  };
}

interface Worded {
  readonly in_words?: { readonly before: Text; readonly after: Text } | null | undefined;
  readonly before_unknown?: boolean | undefined;
}

/** Whether a change reads the same before and after: what differs is hidden, as the middle of a number. */
export function alikeInWords(field: Worded, say: (text: Text) => string): boolean {
  if (!field.in_words || field.before_unknown === true) return false;
  const before = say(field.in_words.before);
  return before.includes('*') && before === say(field.in_words.after);
}

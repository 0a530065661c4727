/** Through which stages did an item go, and where did it stop? */
import type { Item } from './queries.ts';

export type StageName = 'read' | 'match' | 'map' | 'check' | 'write';

export interface Stage {
  readonly name: StageName;
  readonly state: 'ok' | 'bad' | 'open';
}

const order: readonly StageName[] = ['read', 'match', 'map', 'check', 'write'];

/** The stage at which each outcome stops; what is not named went through. */
const stops: Partial<Record<string, StageName>> = {
  ambiguous: 'match',
  invalid: 'check',
  blocked: 'write',
  not_attempted: 'write',
  failed: 'write',
};

/** What became of an item; of a run that only plans, what it would do: that it was not done says nothing there. */
export function outcomeOf(item: Pick<Item, 'outcome' | 'planned'>, planOnly: boolean): Item['outcome'] {
  return planOnly && item.outcome === 'not_attempted' ? undefined : item.outcome;
}

/** The stages of an item. What is only planned was not written yet. */
export function stagesOf(given: Pick<Item, 'outcome' | 'planned'>, planOnly = false): Stage[] {
  const item = { ...given, outcome: outcomeOf(given, planOnly) };
  const word = item.outcome ?? item.planned ?? undefined;
  const stop = word === undefined ? undefined : stops[word];
  const at = stop === undefined ? order.length : order.indexOf(stop);
  return order.map((name, index) => ({
    name,
    state:
      index < at
        ? item.outcome || name !== 'write'
          ? word === 'skipped' && name === 'write'
            ? 'open'
            : 'ok'
          : 'open'
        : index === at
          ? 'bad'
          : 'open',
  }));
}

/** Which side of a pair is the connection's, and which the directory's? A decision names both. */
import type { components } from '#/api/contract';

type Undecided = components['schemas']['Undecided'];

/**
 * The key in the connection and the object on the other side, where somebody says that `candidate` is the same. The candidates of a
 * member are people of the directory; those of a person are members, also the one member that several people are taken for.
 */
export function sidesOf(pair: Pick<Undecided, 'key' | 'item'>, candidate: string): { key: string; candidate: string } {
  const item = pair.item.replace(/^\w:/, '');
  const isMember = pair.key !== null && pair.key !== undefined && pair.key !== candidate;
  return isMember ? { key: pair.key ?? '', candidate } : { key: candidate, candidate: item };
}

/** Whether the undecided object is the connection's: its candidates are then people of the directory. */
export function isThere(pair: Pick<Undecided, 'key' | 'item'>): boolean {
  return pair.key !== null && pair.key !== undefined && pair.item.replace(/^\w:/, '') === pair.key;
}

/**
 * What can be decided together: one candidate, nobody has decided yet, and no other object on the page has the same candidate. Two
 * objects are never the same one.
 */
export function together(pairs: readonly Undecided[]): ReadonlySet<Undecided> {
  const open = pairs.filter(({ candidates, decided }) => candidates.length === 1 && (decided ?? []).length === 0);
  const times = new Map<string, number>();
  const of = (pair: Undecided) => `${pair.connection} ${pair.with} ${pair.kind} ${pair.candidates[0]?.key ?? ''}`;
  // Also the candidate of one that has several is not given away without a look.
  for (const pair of pairs) {
    for (const { key } of pair.candidates) {
      const name = `${pair.connection} ${pair.with} ${pair.kind} ${key}`;
      times.set(name, (times.get(name) ?? 0) + 1);
    }
  }
  return new Set(open.filter((pair) => times.get(of(pair)) === 1));
}

/** Which side of a pair is the connection's, and which the directory's? A decision names both. */
import type { components } from '#/api/contract';

type Undecided = components['schemas']['Undecided'];
type Decision = components['schemas']['Decision'];
type Sided = Pick<Undecided, 'key' | 'item'>;

/** The key of the undecided object itself; the item of a later row of it ends with a `+`. */
export function keyOf(pair: Sided): string {
  const item = pair.item.replace(/^\w:/, '');
  return item === pair.key ? item : item.replace(/\+$/, '');
}

/** Whether the undecided object is the connection's: its candidates are then of the other side. */
export function isThere(pair: Sided): boolean {
  return pair.key !== null && pair.key !== undefined && keyOf(pair) === pair.key;
}

/**
 * The key in the connection and the object on the other side, where somebody says that `candidate` is the same. The candidates of a
 * member are people of the directory; those of a person are members, also the one member that several people are taken for.
 */
export function sidesOf(pair: Sided, candidate: string): { key: string; candidate: string } {
  return isThere(pair) ? { key: keyOf(pair), candidate } : { key: candidate, candidate: keyOf(pair) };
}

/** Which answers without a candidate mean something: they are about an object of the connection. */
export function answersOf(pair: Sided & Pick<Undecided, 'error'>): { create: boolean; ignore: boolean } {
  // Of a person whose account may have gone to somebody else it can be said that it has.
  const given = Boolean(pair.key) && pair.error?.code === 'key_given_again';
  return { create: isThere(pair) || given, ignore: isThere(pair) };
}

/** Whether a plan that nobody has approved would make it beside objects of its name. */
export function isBeside(pair: Pick<Undecided, 'error'>): boolean {
  return pair.error?.code === 'made_beside';
}

/** Both sides of each pair, where somebody says that the object is none of its candidates. */
export function apartOf(pair: Sided & Pick<Undecided, 'candidates'>): { key: string; candidate: string }[] {
  return pair.candidates.map(({ key }) => sidesOf(pair, key));
}

/** Both sides of what could be decided, as names that tell a key of one side from the same key of the other. */
function endsOf(pair: Undecided): Set<string> {
  const place = `${pair.connection} ${pair.with} ${pair.kind}`;
  return new Set(
    pair.candidates.flatMap((one) => {
      const { key, candidate } = sidesOf(pair, one.key);
      return [`${place} k ${key}`, `${place} c ${candidate}`];
    }),
  );
}

/**
 * What can be decided together: one candidate, nobody has decided yet, and no other object on the page is about either side. Two
 * objects are never the same one, whichever side asks. Whoever only has the name of somebody else is looked at alone.
 */
export function together(pairs: readonly Undecided[]): ReadonlySet<Undecided> {
  const times = new Map<string, number>();
  // Also the candidate of one that has several is not given away without a look.
  for (const pair of pairs) for (const end of endsOf(pair)) times.set(end, (times.get(end) ?? 0) + 1);
  const open = pairs.filter((pair) => pair.candidates.length === 1 && (pair.decided ?? []).length === 0);
  const asked = open.filter((pair) => !isBeside(pair));
  return new Set(asked.filter((pair) => [...endsOf(pair)].every((end) => times.get(end) === 1)));
}

/** The decision about this object; that of a namesake about one of its candidates is none. */
export function ownDecision(pair: Undecided): Decision | undefined {
  return pair.decided?.find(
    ({ key, candidate }) =>
      key === pair.key || (candidate !== null && candidate !== undefined && candidate === keyOf(pair)),
  );
}

/** Whether a candidate was given to somebody else. */
export function isTaken(pair: Undecided, candidate: string): boolean {
  return (pair.decided ?? []).some(
    (one) =>
      one.choice === 'same' && (one.key === candidate || one.candidate === candidate) && one !== ownDecision(pair),
  );
}

/** What was decided about is called so. */
export function labelOf(pair: Undecided, decision: Decision): string {
  const other = decision.candidate && decision.candidate !== keyOf(pair) ? decision.candidate : decision.key;
  return pair.candidates.find(({ key }) => key === other)?.label ?? (other === pair.key ? '' : other);
}

/** What can be answered about an object: as which candidates, and which of the answers that take none. */
export interface Offered {
  readonly same: readonly string[];
  readonly apart: boolean;
  readonly create: boolean;
  readonly ignore: boolean;
}

/** What can be said of an object; where something was decided already, what else it can be changed to. */
export function offeredOf(pair: Undecided): Offered {
  const all = pair.candidates.map(({ key }) => key);
  const { create, ignore } = answersOf(pair);
  const decided = ownDecision(pair);
  if (decided === undefined) return { same: all, apart: isBeside(pair), create, ignore };
  const there = isThere(pair);
  if (decided.choice === 'same') {
    // What was said is kept with the account: an account that was given to a person is taken back there, before another one is.
    if (!there) return { same: [], apart: false, create: false, ignore: false };
    return { same: all.filter((key) => key !== decided.candidate), apart: false, create, ignore };
  }
  return {
    same: all,
    apart: false,
    create: there && create && decided.choice !== 'create',
    ignore: ignore && decided.choice !== 'ignore',
  };
}

/** To what a decision that no run has carried out yet can be changed, by what it says alone. */
export function changesOf({ choice, candidate }: Pick<Decision, 'choice' | 'candidate'>): Decision['choice'][] {
  if (choice === 'other') return candidate ? (['same'] as Decision['choice'][]) : [];
  return (['create', 'ignore'] as Decision['choice'][]).filter((one) => one !== choice);
}

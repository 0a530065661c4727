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

/** Which accounts of a connection does idflow know by a name or key? Those that are bound, and those that somebody could be. */
import type { components } from '#/api/contract';

import { isThere } from './sides.ts';

type Link = Pick<components['schemas']['Link'], 'key' | 'label' | 'kind'>;
type Undecided = Pick<components['schemas']['Undecided'], 'key' | 'name' | 'at' | 'kind' | 'item' | 'candidates'>;

export interface Known {
  readonly key: string;
  readonly label: string;
  readonly department: string | undefined;
  /** Who it is already. */
  readonly boundTo: string | undefined;
}

/** The accounts, each once; what is bound stands as bound. Candidates of somebody of the directory are accounts there. */
export function accountsOf(links: readonly Link[], open: readonly Undecided[], find: string): Known[] {
  const wanted = find.toLowerCase();
  const known = new Map<string, Known>();
  for (const pair of open.filter(({ kind }) => kind === 'user')) {
    const member = pair.key ?? undefined;
    if (member !== undefined && isThere(pair)) {
      known.set(member, { key: member, label: pair.name, department: pair.at ?? undefined, boundTo: undefined });
      continue;
    }
    for (const { key, label, department } of pair.candidates) {
      known.set(key, { key, label, department: department ?? undefined, boundTo: undefined });
    }
  }
  for (const { key, label } of links.filter(({ kind }) => kind === 'user')) {
    known.set(key, { key, label: '', department: undefined, boundTo: label });
  }
  return [...known.values()].filter(({ key, label, boundTo }) =>
    `${key} ${label} ${boundTo ?? ''}`.toLowerCase().includes(wanted),
  );
}

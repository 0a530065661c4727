/** The calls about people who wait for a review. */
import { write } from '#/api/client';
import type { components } from '#/api/contract';

type Schemas = components['schemas'];
export type Person = Schemas['ReviewPerson'];

/** Lets them in, or does not; all of them wait, or nothing is decided. */
export function decide(verdict: 'approve' | 'reject', body: Schemas['ReviewDecision']): Promise<Schemas['ReviewDone']> {
  return verdict === 'approve'
    ? write('post', '/directory/review/approve', { body })
    : write('post', '/directory/review/reject', { body });
}

/** Under which id can a workflow be made here? The wizard makes new ones; what is in use is changed in its editor. */
import type { components } from '#/api/contract';
import { freeName } from '#/base/free';

export type Known = Pick<components['schemas']['Workflow'], 'id' | 'state' | 'etag'>;

/** Whether an id can be one: as the server has it. */
export function isId(id: string): boolean {
  return /^[a-z][a-z0-9_]{0,63}$/.test(id);
}

/** Whether a workflow of that id runs, or did: a new version of it would take its schedule away. `mine` was made here. */
export function isInUse(id: string, known: readonly Known[], mine?: string): boolean {
  return id !== mine && known.some((one) => one.id === id && one.state !== 'draft');
}

/** Under which id a text is saved that names this one. */
export function idFor(id: string, known: readonly Known[], mine?: string): string {
  return isInUse(id, known, mine)
    ? freeName(
        id,
        known.map((one) => one.id),
      )
    : id;
}

/** Why a new workflow cannot have this id. */
export function faultOf(id: string, known: readonly Known[], mine?: string): 'form' | 'used' | undefined {
  if (!isId(id)) return 'form';
  return isInUse(id, known, mine) ? 'used' : undefined;
}

/** Is a plan within a limit, and how near does it come? */
import type { components } from '#/api/contract';

type SafetyCheck = components['schemas']['SafetyCheck'];

/**
 * Whether the plan is within a limit, and how near it comes: of it, more than four fifths are close. A share may be `past` its
 * limit and let through: where few are meant, or all that is lost was decided about.
 */
export function stateOf({ rule, ok, actual, limit }: SafetyCheck): 'ok' | 'close' | 'past' | 'bad' {
  if (!ok) return 'bad';
  if (rule !== 'source_min' && actual > limit) return 'past';
  // The least that a source has to have is usually one.
  const close = rule === 'source_min' ? limit > 1 && actual * 0.8 < limit : actual > 0 && actual >= limit * 0.8;
  return close ? 'close' : 'ok';
}

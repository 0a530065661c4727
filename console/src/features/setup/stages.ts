/** Which of the three screens is shown for a setup as it stands? Pure. */
import type { SetupState, Step } from './queries.ts';

export type Screen = 'values' | 'plan' | 'run';

/** A step of a setup. */
export function stepOf(state: Pick<SetupState, 'steps'> | null | undefined, name: Step['step']): Step | undefined {
  return state?.steps.find(({ step }) => step === name);
}

/** The screen: the values until they are good, the plan until somebody says go, then the run. */
export function screenOf(state: Pick<SetupState, 'steps'> | null | undefined): Screen {
  if (!state) return 'values';
  if (stepOf(state, 'run')?.run) return 'run';
  if (stepOf(state, 'doctor')?.state !== 'done') return 'values';
  return stepOf(state, 'plan')?.run ? 'plan' : 'values';
}

/** What other features may use of templates: the plan of something that is about to run for the first time. */
export { PlanStep, usePlan } from './PlanStep.tsx';

/** What other features may use of runs. Whole parts of pages come when they are drawn: most who use this need a number only. */
import { lazy } from 'react';

export { present, sizeOf, sumOf, underway, wrong } from './counts.ts';
export { type Plan, type Run, approve, nameOf, planQuery, runQuery } from './queries.ts';
export { lookedAt, warns } from './notices.ts';
export type { Press } from './Notices.tsx';
export { approveSeen } from './seen.ts';
export { runTexts } from './texts.ts';

export const RunVerdict = lazy(() => import('./Verdict.tsx').then((part) => ({ default: part.RunVerdict })));
export const RunSteps = lazy(() => import('./RunSteps.tsx').then((part) => ({ default: part.RunSteps })));
export const Held = lazy(() => import('./Notices.tsx').then((part) => ({ default: part.Held })));
export const Questions = lazy(() => import('./Notices.tsx').then((part) => ({ default: part.Questions })));
export const Notices = lazy(() => import('./Notices.tsx').then((part) => ({ default: part.Notices })));
export const PlanGroups = lazy(() => import('./PlanGroups.tsx').then((part) => ({ default: part.PlanGroups })));
export const SafetyTable = lazy(() => import('./SafetyTable.tsx').then((part) => ({ default: part.SafetyTable })));

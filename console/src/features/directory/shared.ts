/** What other features may use of the directory. */
import { lazy } from 'react';

export { type Department, type Entry, departmentsQuery, objectQuery, personQuery, textOf } from './queries.ts';
export { type Branch, departmentsOf, treeOf } from './tree.ts';

/** Why a person is as they are. It comes when somebody asks. */
export const Why = lazy(() => import('./Why.tsx').then((part) => ({ default: part.Why })));

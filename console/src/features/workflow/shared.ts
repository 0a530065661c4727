/** What other features may use of workflows. */
import { lazy } from 'react';

export const Difference = lazy(() => import('./Difference.tsx').then((part) => ({ default: part.Difference })));

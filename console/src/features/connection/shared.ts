/** What other features may use of connections. */
import { lazy } from 'react';

export { ConnectionState, stateOf } from './ConnectionState.tsx';
export { connectionsQuery, connectorsQuery } from './queries.ts';

/** Comes when it is wanted: pages that only name a connection do not carry its form. */
export const ConnectionForm = lazy(async () => ({ default: (await import('./ConnectionForm.tsx')).ConnectionForm }));

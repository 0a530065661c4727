/** What other features may use of connections. */
export { ConnectionForm } from './ConnectionForm.tsx';
export { connectionsQuery } from './queries.ts';

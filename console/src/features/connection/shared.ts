/** What other features may use of connections. */
export { ConnectionState, stateOf } from './ConnectionState.tsx';
export { ConnectionForm } from './ConnectionForm.tsx';
export {
  type TestReport,
  connectionsQuery,
  connectorsQuery,
  addConnection,
  testConnection,
  trySettings,
} from './queries.ts';
export { TestReportView } from './TestReportView.tsx';

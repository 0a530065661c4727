/** What does the page of a workflow ask for first? It is asked while the scripts of the page are still on their way. */
import { type QueryClient, queryOptions } from '@tanstack/react-query';

import { read, write } from '#/api/client';

export function workflowQuery(id: string) {
  return read('/workflows/{id}', { path: { id } });
}

export function textQuery(id: string, version?: number) {
  return read('/workflows/{id}/text', { path: { id }, ...(version === undefined ? {} : { query: { version } }) });
}

export function draftsQuery() {
  return read('/drafts', { query: { limit: 500 } });
}

/** The picture of a text; the same text has the same. */
export function graphQuery(text: string) {
  return queryOptions({
    queryKey: ['/compiler/graph', text] as const,
    queryFn: () => write('post', '/compiler/graph', { body: { text, live: false } }),
  });
}

/** Asks for all of it; the picture as soon as there is a text. */
export async function askForWorkflow(client: QueryClient, id: string): Promise<void> {
  void client.prefetchQuery(workflowQuery(id));
  void client.prefetchQuery(draftsQuery());
  const { text } = await client.ensureQueryData(textQuery(id));
  await client.prefetchQuery(graphQuery(text));
}

/** The calls of the first use: a connection, its workflow, the plan, and the first run. */
import { fetchNow, read, write } from '#/api/client';
import { freshKey } from '#/base/keys';

/** The template that brings the people of WeCom into the directory. */
const template = 'wecom_upstream_full';

export function countsQuery() {
  return read('/directory');
}

/** Saves the workflow with this connection and plans it; gives the run that computes the plan. */
export async function planFirst(connection: string): Promise<string> {
  const { text } = await fetchNow('/templates/{id}', { path: { id: template } });
  const saved = await write('post', '/workflows', {
    body: { text: text ?? '', id: template, connections: [{ alias: 'wecom', name: connection }] },
  });
  const planned = await write('post', '/workflows/{id}/runs', {
    params: { path: { id: saved.id } },
    body: { plan: true, approve: false, inputs: {} },
    key: freshKey(),
  });
  return planned.run;
}

/** Activates the workflow and starts its first run. */
export async function runFirst(key: string): Promise<string> {
  await write('post', '/workflows/{id}/activate', { params: { path: { id: template } } });
  const started = await write('post', '/workflows/{id}/runs', {
    params: { path: { id: template } },
    body: { plan: false, approve: false, inputs: {} },
    key,
  });
  return started.run;
}

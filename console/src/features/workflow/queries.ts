/** The calls about workflows and the compiler. */
import type { QueryClient } from '@tanstack/react-query';

import { fetchNow, read, write } from '#/api/client';
import type { components } from '#/api/contract';
import { Refused } from '#/api/problem';
import { type Declared, inputsOf } from '#/ui/inputs';

export type Workflow = components['schemas']['Workflow'];
export type WorkflowText = components['schemas']['WorkflowText'];
export type Checked = components['schemas']['Checked'];
export type TextEdit = components['schemas']['TextEdit'];

/** The inputs that a version asks for. Who may not read its text starts it without: the server says what is missing. */
export async function declaredInputs(id: string, version: number | undefined): Promise<Declared[]> {
  try {
    const { text } = await fetchNow('/workflows/{id}/text', {
      path: { id },
      ...(version === undefined ? {} : { query: { version } }),
    });
    const { outline } = await validate(text);
    return inputsOf(outline?.content);
  } catch (error) {
    if (error instanceof Refused && error.status === 403) return [];
    throw error;
  }
}

export function validate(text: string) {
  return write('post', '/compiler/validate', { body: { text, live: false } });
}

export function complete(text: string, line: number, column: number) {
  return write('post', '/compiler/complete', { body: { text, line, utf16_column: column } });
}

export function hover(text: string, line: number, column: number) {
  return write('post', '/compiler/hover', { body: { text, line, utf16_column: column } });
}

export function edit(text: string, edits: readonly TextEdit[]) {
  return write('post', '/compiler/edit', { body: { text, edits: [...edits] } });
}

export function mend(text: string) {
  return write('post', '/compiler/mend', { body: { text, live: false } });
}

export function save(id: string, text: string, ifMatch: string) {
  return write('post', '/workflows', { body: { id, text, connections: [] }, ifMatch });
}

/** The ids of all workflows, also of those that were put away. */
export async function allWorkflows(client: QueryClient): Promise<Set<string>> {
  const lists = await Promise.all(
    [{}, { state: 'archived' as const }].map((which) =>
      client.fetchQuery(read('/workflows', { query: { limit: 500, ...which } })),
    ),
  );
  return new Set(lists.flatMap(({ items }) => items.map(({ id }) => id)));
}

/** A workflow of the id that the text gives itself; one that is there gets no version by it. */
export function saveNew(text: string) {
  return write('post', '/workflows', { body: { text, connections: [] }, onlyNew: true });
}

/** Its newest version goes live only where nobody saved another one since; a pause is never too late. */
export function switchWorkflow({ id, etag }: Workflow, verb: 'activate' | 'pause') {
  const state = verb === 'activate' && etag ? { ifMatch: etag } : {};
  return write('post', `/workflows/{id}/${verb}`, { params: { path: { id } }, ...state });
}

/** A new version with the text of an earlier one; not where somebody saved another one since. It is not live before it is activated. */
export function rollBack({ id, etag }: Workflow, version: number) {
  return write('post', '/workflows/{id}/rollback', {
    params: { path: { id } },
    body: { version },
    ...(etag ? { ifMatch: etag } : {}),
  });
}

/** Puts it away; not where somebody changed it since. */
export function archiveWorkflow({ id, etag }: Workflow) {
  return write('post', '/workflows/{id}/archive', { params: { path: { id } }, ...(etag ? { ifMatch: etag } : {}) });
}

export type Hook = components['schemas']['Hook'];

/** The addresses of a workflow's webhooks. */
export function hooksQuery(id: string) {
  return read('/workflows/{id}/hooks', { path: { id }, query: { limit: 500 } });
}

/** A new secret, told this once; the one before stays good for so long. */
export function newHookSecret(id: string, path: string, keep: number) {
  return write('post', '/workflows/{id}/hooks', { params: { path: { id } }, body: { path, keep_old_ms: keep } });
}

export function start(id: string, body: components['schemas']['NewRun'], key: string) {
  return write('post', '/workflows/{id}/runs', { params: { path: { id } }, body, key });
}

export type Draft = components['schemas']['Draft'];

export function draftQuery(id: string) {
  return read('/drafts/{id}', { path: { id } });
}

/** A draft that begins with this version, or the newest one; one that is there already stays as it is. */
export function beginDraft(id: string, version?: number) {
  const body = version === undefined ? {} : { version };
  return write('post', '/workflows/{id}/draft', { params: { path: { id } }, body });
}

export function putDraft(draft: Draft, text: string) {
  return write('put', '/drafts/{id}', { params: { path: { id: draft.id } }, body: { text }, ifMatch: draft.etag });
}

export function dropDraft(draft: Draft) {
  return write('delete', '/drafts/{id}', { params: { path: { id: draft.id } }, ifMatch: draft.etag });
}

/** The calls about templates, and of the wizard. */
import { read, write } from '#/api/client';
import type { components } from '#/api/contract';

export type Template = components['schemas']['Template'];
export type FileOutline = components['schemas']['FileOutline'];
export type TextEdit = components['schemas']['TextEdit'];

export function templatesQuery() {
  return { ...read('/templates'), staleTime: Number.POSITIVE_INFINITY };
}

export function templateQuery(id: string) {
  return { ...read('/templates/{id}', { path: { id } }), staleTime: Number.POSITIVE_INFINITY };
}

export function workflowsQuery() {
  return read('/workflows', { query: { limit: 500 } });
}

/** What the compiler says of a text, with what stands in it. */
export function validate(text: string) {
  return write('post', '/compiler/validate', { body: { text, live: false } });
}

/** A text after edits by path; comments and order stay. */
export function edit(text: string, edits: TextEdit[]) {
  return write('post', '/compiler/edit', { body: { text, edits } });
}

export function saveWorkflow(body: components['schemas']['NewWorkflow']) {
  return write('post', '/workflows', { body });
}

export function activateWorkflow(id: string) {
  return write('post', '/workflows/{id}/activate', { params: { path: { id } } });
}

export function startRun(id: string, body: components['schemas']['NewRun'], key: string) {
  return write('post', '/workflows/{id}/runs', { params: { path: { id } }, body, key });
}

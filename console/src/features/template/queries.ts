/** The calls about templates, and of the wizard. */
import { queryOptions } from '@tanstack/react-query';

import { currentTenant, fetchNow, read, write } from '#/api/client';
import type { components } from '#/api/contract';

export type Template = components['schemas']['Template'];
export type FileOutline = components['schemas']['FileOutline'];
export type NewWorkflow = components['schemas']['NewWorkflow'];
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

/** Those that were put away; their ids are taken all the same. */
export function archivedQuery() {
  return read('/workflows', { query: { state: 'archived', limit: 500 } });
}

/** What the compiler says of a text, with what stands in it. */
export function validateQuery(text: string) {
  return queryOptions({
    queryKey: ['/compiler/validate', text] as const,
    queryFn: () => write('post', '/compiler/validate', { body: { text, live: false } }),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** A workflow as it is now. */
export function workflowQuery(id: string) {
  return read('/workflows/{id}', { path: { id } });
}

/** What the compiler says of one version; that never changes. */
export function savedQuery(id: string, version: number) {
  return queryOptions({
    queryKey: ['/compiler/validate', 'saved', id, version, currentTenant()] as const,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async ({ signal }) => {
      const { text } = await fetchNow('/workflows/{id}/text', { path: { id }, query: { version } }, signal);
      return write('post', '/compiler/validate', { body: { text, live: false } });
    },
  });
}

/** What a mapping of a text makes of one object of the directory. */
export function previewQuery(text: string, mapping: string, key: string) {
  return queryOptions({
    queryKey: ['/compiler/preview', text, mapping, key, currentTenant()] as const,
    staleTime: 60_000,
    queryFn: () => write('post', '/compiler/preview', { body: { text, mapping, key } }),
  });
}

export type WizardDraft = components['schemas']['Draft'];
export type DraftLine = components['schemas']['DraftLine'];

export function draftsQuery() {
  return read('/drafts', { query: { limit: 500 } });
}

export function draftQuery(id: string) {
  return read('/drafts/{id}', { path: { id } });
}

/** A draft from the template with the first edits. */
export function beginDraft(template: string, id: string, edits: readonly TextEdit[]) {
  return write('post', '/templates/{id}/drafts', {
    params: { path: { id: template } },
    body: { id, edits: [...edits], connections: [] },
  });
}

/** The draft after edits by path; comments and order stay. */
export function editDraft(draft: WizardDraft, edits: readonly TextEdit[]) {
  return write('post', '/drafts/{id}/edit', {
    params: { path: { id: draft.id } },
    body: { edits: [...edits] },
    ifMatch: draft.etag,
  });
}

export function dropDraft(draft: WizardDraft) {
  return write('delete', '/drafts/{id}', { params: { path: { id: draft.id } }, ifMatch: draft.etag });
}

/** Saves it over `known`, as that was read; where none is known, it is a new one. */
export function saveWorkflow(body: NewWorkflow, known: { etag?: string } | undefined) {
  return write('post', '/workflows', { body, ...(known ? { ifMatch: known.etag } : { onlyNew: true }) });
}

/** Makes its newest version live, if nobody has changed it since. */
export function activateWorkflow(id: string, ifMatch: string) {
  return write('post', '/workflows/{id}/activate', { params: { path: { id } }, ifMatch });
}

export function startRun(id: string, body: components['schemas']['NewRun'], key: string) {
  return write('post', '/workflows/{id}/runs', { params: { path: { id } }, body, key });
}

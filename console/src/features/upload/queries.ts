/** The calls about uploaded files. */
import { queryOptions } from '@tanstack/react-query';

import { currentTenant, download, fetchNow, read, sendFile, write } from '#/api/client';
import type { components } from '#/api/contract';

import { isFull } from './columns.ts';

export type Upload = components['schemas']['Upload'];
export type Preview = components['schemas']['UploadPreview'];
export type Reading = components['schemas']['UploadReading'];
export type Import = components['schemas']['UploadImport'];
export type Departments = components['schemas']['UploadDepartments'];

export function uploadFile(file: File) {
  return sendFile('/directory/uploads', { name: file.name }, file);
}

export function uploadQuery(id: string) {
  return read('/directory/uploads/{id}', { path: { id } });
}

/** What is in a file, read in this way. It changes nothing, so it is asked as a query. */
export function previewQuery(id: string, body: Reading) {
  return queryOptions({
    queryKey: ['/directory/uploads/{id}/preview', id, body, currentTenant()] as const,
    queryFn: () => write('post', '/directory/uploads/{id}/preview', { params: { path: { id } }, body }),
    staleTime: 60_000,
  });
}

/** What a mapping that was kept does with whom its file lacks. */
export function keptQuery(workflow: string) {
  return queryOptions({
    queryKey: ['/workflows/{id}/text', { path: { id: workflow } }, 'full', currentTenant()] as const,
    queryFn: async ({ signal }) => {
      const { text } = await fetchNow('/workflows/{id}/text', { path: { id: workflow } }, signal);
      const { outline } = await write('post', '/compiler/validate', { body: { text, live: false } });
      return { full: isFull(outline?.content) };
    },
  });
}

/** The workflow that keeps a mapping, as it is now. */
export function keeperQuery(workflow: string) {
  return read('/workflows/{id}', { path: { id: workflow } });
}

/** `key`: the same import, begun again, is the same run. */
export function importUpload(id: string, body: Import, key?: string) {
  const given = { params: { path: { id } }, body };
  return write('post', '/directory/uploads/{id}/import', key === undefined ? given : { ...given, key });
}

export function removeUpload(id: string) {
  return write('delete', '/directory/uploads/{id}', { params: { path: { id } } });
}

/** A file with the headers that are known, to fill in. */
export function downloadForm(lang: string) {
  return download('/directory/upload-form', { format: 'xlsx', lang }, 'idflow-people.xlsx');
}

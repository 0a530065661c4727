/** The calls of the integration page. */
import { read, write } from '#/api/client';
import type { components } from '#/api/contract';

type Schemas = components['schemas'];
export type Callback = Schemas['Callback'];
export type Integration = Schemas['Integration'];
export type Report = Schemas['ExaminationReport'];
export type Ability = Schemas['AbilityRow'];
export type Value = Schemas['IntegrationValue'];
export type SiteFile = Schemas['SiteFile'];

export function integrationQuery(name: string) {
  return read('/connections/{id}/integration', { path: { id: name } });
}

export function newKeys(name: string, receiver: string) {
  return write('post', '/connections/{id}/callbacks', { params: { path: { id: name } }, body: { receiver } });
}

/** How many gave what only they can give. */
export function consentQuery(name: string) {
  return read('/connections/{id}/consent', { path: { id: name } });
}

/** Asks everybody whose mobile number is not known; or only counts them. */
export function inviteConsent(name: string, only: boolean) {
  return write('post', '/connections/{id}/consent', {
    params: { path: { id: name } },
    body: { all_hidden: true, only_check: only },
  });
}

/** A close look. Secrets that were refused a moment ago are not tried again, unless that is wanted. */
export function examine(name: string, again: boolean): Promise<Report> {
  return write('post', '/connections/{id}/doctor', { params: { path: { id: name } }, body: { again } });
}

export function putFile(body: Schemas['NewSiteFile']) {
  return write('post', '/site-files', { body });
}

export function removeFile(name: string) {
  return write('delete', '/site-files/{id}', { params: { path: { id: name } } });
}

export function checkFile(name: string) {
  return write('post', '/site-files/{id}/check', { params: { path: { id: name } } });
}

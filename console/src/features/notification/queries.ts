/** The calls about notifications. */
import { read, write } from '#/api/client';
import type { components } from '#/api/contract';

type Schemas = components['schemas'];
export type Rule = Schemas['NotificationRule'];
export type PutRule = Schemas['PutNotificationRule'];
export type Channel = Schemas['NotificationChannel'];
export type Delivery = Schemas['NotificationDelivery'];
export type Mail = Schemas['MailSettings'];
export type PutMail = Schemas['PutMailSettings'];

export function rulesQuery() {
  return read('/notifications/rules', { query: { limit: 200 } });
}

/** Makes a rule, or changes `known` as it was read; a new one never takes the place of another. */
export function putRule(id: string, body: PutRule, known: Pick<Rule, 'etag'> | undefined) {
  const state = known ? { ifMatch: known.etag } : { onlyNew: true };
  return write('put', '/notifications/rules/{id}', { params: { path: { id } }, body, ...state });
}

export function removeRule(id: string) {
  return write('delete', '/notifications/rules/{id}', { params: { path: { id } } });
}

export function tryRule(id: string) {
  return write('post', '/notifications/rules/{id}/test', { params: { path: { id } } });
}

export function mailQuery() {
  return read('/notifications/mail');
}

export function putMail(body: PutMail, ifMatch: string | undefined) {
  return write('put', '/notifications/mail', { body, ...(ifMatch ? { ifMatch } : {}) });
}

export function tryMail(to: string) {
  return write('post', '/notifications/mail/test', { body: { to } });
}

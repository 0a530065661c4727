import { expect, test } from 'vitest';

import { Refused, Unreachable, fieldErrors, worthAnother } from './problem.ts';

const reason = { zh: '太短', en: 'too short' };
const body = { code: 'account_password', reason, hint: reason, errors: [{ field: 'password', code: 'short', reason }] };

test('a page of a proxy is no refusal of the API', () => {
  expect(new Refused(502, '<html>', null).problem).toBeUndefined();
  expect(new Refused(422, body, null).problem?.code).toBe('account_password');
});

test('reads are repeated twice, and only where that can help', () => {
  expect(worthAnother(0, new Unreachable('x'))).toBe(true);
  expect(worthAnother(1, new Refused(503, undefined, '5'))).toBe(true);
  expect(worthAnother(2, new Unreachable('x'))).toBe(false);
  expect(worthAnother(0, new Refused(422, body, null))).toBe(false);
});

test('each field knows what is wrong with it', () => {
  expect(fieldErrors(new Refused(422, body, null)).get('password')).toEqual(reason);
  expect(new Refused(429, body, '30').retryAfter).toBe(30);
  expect(new Refused(429, body, 'Sat, 28 Nov 2026').retryAfter).toBeUndefined();
});

test('a refusal is final, but not where the same call may be answered later', () => {
  expect([400, 403, 404, 409, 412, 422].map((status) => new Refused(status, body, null).final)).not.toContain(false);
  expect([401, 408, 429, 500, 502, 503].map((status) => new Refused(status, body, null).final)).not.toContain(true);
});

/** Does a new rule leave those alone that there are? */
import { expect, test } from 'vitest';

import { answered } from '#/api/answered';

import { blank, sentOf } from './rule.ts';

const asked: Record<string, string | null>[] = [];

answered(({ method, url, headers }: Request) => {
  const at = new URL(url).pathname;
  asked.push({ method, at, match: headers.get('If-Match'), none: headers.get('If-None-Match') });
  return Promise.resolve(Response.json({}));
});

const { putRule } = await import('./queries.ts');

test('a new rule is only made where there is none of its id; a known one is changed as it was read', async () => {
  const rule = sentOf(blank('zh', 'UTC', 'main'));
  await putRule('problems', rule, undefined);
  await putRule('problems', rule, { etag: 'a' });
  const at = '/api/v1/notifications/rules/problems';
  expect(asked).toEqual([
    { method: 'PUT', at, match: null, none: '*' },
    { method: 'PUT', at, match: 'a', none: null },
  ]);
});

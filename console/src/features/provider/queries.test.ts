/** Does a provider's form change what it was opened with, and nothing else? */
import { expect, test } from 'vitest';

import { answered } from '#/api/answered';

const asked: Record<string, string | null>[] = [];

answered(({ method, url, headers }: Request) => {
  asked.push({ method, at: new URL(url).pathname, match: headers.get('If-Match') });
  return Promise.resolve(Response.json({}));
});

const { setProvider } = await import('./queries.ts');

test('a provider is changed as it was read', async () => {
  await setProvider('wecom', { settings: { template_id: 'dk1' } }, 'a');
  await setProvider('wecom', { settings: { template_id: 'dk1' } }, undefined);
  const at = '/api/v1/providers/wecom';
  expect(asked).toEqual([
    { method: 'PUT', at, match: 'a' },
    { method: 'PUT', at, match: null },
  ]);
});

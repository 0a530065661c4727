/** Does a provider's form change what it was opened with, and nothing else? */
import { expect, test, vi } from 'vitest';

const asked: Record<string, string | null>[] = [];

vi.stubGlobal('fetch', ({ method, url, headers }: Request) => {
  asked.push({ method, at: new URL(url).pathname, match: headers.get('If-Match') });
  return Promise.resolve(Response.json({}));
});
// The client names paths only; Node's Request wants a whole address.
vi.stubGlobal(
  'Request',
  class extends Request {
    constructor(input: string | URL | Request, init?: RequestInit) {
      super(typeof input === 'string' ? new URL(input, 'http://console.test') : input, init);
    }
  },
);

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

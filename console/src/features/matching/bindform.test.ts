/** Is it said that somebody cannot be bound at present, and can it be tried again? */
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { type ReactNode, createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, test, vi } from 'vitest';

import { answered } from '#/api/answered';

answered(() => Promise.resolve(new Response('{}', { status: 500 })));
// Windows stand beside the page, where there is a document.
vi.mock('antd', async (original) => ({
  ...(await original<object>()),
  Modal: (props: { open: boolean; title: string; children: ReactNode }) =>
    props.open ? createElement('dialog', { title: props.title }, props.children) : null,
}));

const { read } = await import('#/api/client');
const { connectionsQuery } = await import('#/features/connection/shared');
const { BindForm } = await import('./BindForm.tsx');
const { matchingTexts } = await import('./texts.ts');
const { common } = await import('#/texts/common');

const people = read('/directory/objects', { query: { kind: 'user', limit: 20 } });

async function drawn(open: boolean, set?: object): Promise<string> {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false, retryOnMount: false } } });
  if (set) client.setQueryData(connectionsQuery().queryKey, set as never);
  else await client.prefetchQuery(connectionsQuery());
  await client.prefetchQuery(people);
  const form = createElement(BindForm, {
    open,
    connection: undefined,
    person: undefined,
    account: undefined,
    onClose: () => undefined,
  });
  return renderToStaticMarkup(createElement(QueryClientProvider, { client }, form));
}

test('where the connections cannot be read the form says so, and offers to try again', async () => {
  const shown = await drawn(true);
  expect(shown).toContain(matchingTexts.addLink.zh);
  expect(shown).toContain(common.again.zh);
  expect(shown).not.toContain(matchingTexts.findPerson.zh);
  expect(await drawn(false)).toBe('');
});

test('where the people cannot be read the field says so, and offers to try again', async () => {
  const shown = await drawn(true, { items: [{ name: 'main', title: 'Main' }] });
  expect(shown).toContain(matchingTexts.findPerson.zh);
  expect(shown).toContain(common.again.zh);
});

/** What is out of date after a write or an event? One table for both. */
import { type Query, type QueryClient, useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';

/** A sort of thing, with the paths whose answers speak of it. */
const paths = {
  run: ['/runs', '/failures', '/removals', '/matching', '/workflows'],
  removal: ['/removals', '/runs'],
  matching: ['/matching', '/links'],
  link: ['/links', '/matching'],
  account: ['/accounts', '/sessions', '/tokens'],
  session: ['/session', '/sessions'],
  token: ['/tokens'],
  identity: ['/identities', '/session/ways', '/sessions'],
  sign_in: ['/oidc', '/session/ways'],
  consent: ['/connections', '/messages'],
  tenant: ['/tenants', '/session'],
  workflow: ['/workflows', '/templates'],
  draft: ['/drafts'],
  connection: ['/connections', '/workflows', '/setup'],
  directory: ['/directory', '/setup'],
  provider: ['/providers', '/connections'],
  playground: ['/playground', '/connections'],
  store: ['/store'],
  message: ['/messages'],
  notification: ['/notifications'],
} as const;

/** A sort of thing that can change. */
export type Thing = keyof typeof paths;

/** Which answers speak of these things. */
function about(things: readonly Thing[]): (query: Query) => boolean {
  const roots = things.flatMap((thing) => paths[thing]);
  return ({ queryKey: [path] }) =>
    typeof path === 'string' && roots.some((root) => path === root || path.startsWith(`${root}/`));
}

/** All departments: tens of thousands of them are dozens of calls, one after the other. */
function isTree({ queryKey }: Query): boolean {
  return queryKey[1] === 'departments';
}

/** A list of which more than its first page is loaded: asked again, each page is a call. */
function isLong({ state: { data } }: Query): boolean {
  const pages: unknown = typeof data === 'object' && data !== null && 'pages' in data ? data.pages : undefined;
  return Array.isArray(pages) && pages.length > 1;
}

/** Has everything asked again that speaks of these things, and waits for it, but for the tree of departments. */
export async function stale(client: QueryClient, things: readonly Thing[]): Promise<void> {
  const speaks = about(things);
  void client.invalidateQueries({ predicate: (query) => speaks(query) && isTree(query) });
  await client.invalidateQueries({ predicate: (query) => speaks(query) && !isTree(query) });
}

/** The same by news of what others do. They come again and again: a long list is left as it was read. */
export async function heardOf(client: QueryClient, things: readonly Thing[]): Promise<void> {
  const speaks = about(things);
  await client.invalidateQueries({ predicate: (query) => speaks(query) && !isLong(query) });
}

/** A write, and what it makes out of date. */
export function useDeed<A, R>(send: (given: A) => Promise<R>, things: readonly Thing[]) {
  const client = useQueryClient();
  return useMutation<R, Error, A>({ mutationFn: send, onSettled: () => stale(client, things) });
}

/** What is asked again while something goes on is asked once more when it ends: the last answer came before that. */
export function useStaleAtEnd(goesOn: boolean, things: readonly Thing[]): void {
  const client = useQueryClient();
  const before = useRef(goesOn);
  useEffect(() => {
    if (before.current && !goesOn) void stale(client, things);
    before.current = goesOn;
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- the end is the only reason
  }, [goesOn, client]);
}

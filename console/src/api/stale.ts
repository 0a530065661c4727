/** What is out of date after a write or an event? One table for both. */
import { type QueryClient, useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';

/** A sort of thing, with the paths whose answers speak of it. */
const paths = {
  run: ['/runs', '/failures', '/removals', '/matching', '/workflows', '/directory'],
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

/** Has everything asked again that speaks of these things. Lists that only grow (`long`) are left alone. */
export async function stale(client: QueryClient, things: readonly Thing[]): Promise<void> {
  const roots = things.flatMap((thing) => paths[thing]);
  await client.invalidateQueries({
    predicate: ({ queryKey: [path] }) =>
      typeof path === 'string' && roots.some((root) => path === root || path.startsWith(`${root}/`)),
  });
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

/** Under which address do other systems reach the server? */
import { useQuery } from '@tanstack/react-query';

import { read } from '#/api/client';
import { useMay } from '#/api/session';

import { integrationQuery } from './queries.ts';

export interface Address {
  readonly origin: string;
  /** Whether it is the server's; else it is the one under which this browser reaches it. */
  readonly known: boolean;
}

/** The server's public address, where it has one and one may see it; undefined until that is known. */
export function usePublicAddress(): Address | undefined {
  const may = useMay('connection:view');
  // The server tells it with each of its connections.
  const connections = useQuery({ ...read('/connections', { query: { limit: 1 } }), enabled: may });
  const name = connections.data?.items[0]?.name;
  const integration = useQuery({ ...integrationQuery(name ?? ''), enabled: name !== undefined });
  const here = { origin: location.origin, known: false };
  if (!may || connections.isError || integration.isError) return here;
  if (connections.data === undefined) return undefined;
  if (name === undefined) return here;
  if (integration.data === undefined) return undefined;
  const { public_url: origin } = integration.data;
  return origin ? { origin, known: true } : here;
}

/** What other features may use of the first use: whether it is time for it. */
import { useQuery } from '@tanstack/react-query';

import { read } from '#/api/client';
import { useMay } from '#/api/session';

import { countsQuery } from './queries.ts';

/** Whether nothing is here yet, and the viewer may change that; undefined until it is known. */
export function useFirstUse(): boolean | undefined {
  const may = useMay('connection:edit');
  const counts = useQuery({ ...countsQuery(), enabled: may });
  const connections = useQuery({ ...read('/connections', { query: { limit: 1 } }), enabled: may });
  const workflows = useQuery({ ...read('/workflows', { query: { limit: 1 } }), enabled: may });
  if (!may) return false;
  if (counts.error || connections.error || workflows.error) return false;
  if (!counts.data || !connections.data || !workflows.data) return undefined;
  const objects = Object.values(counts.data.counts).flatMap((of) => Object.values(of));
  return objects.every((n) => n === 0) && connections.data.items.length === 0 && workflows.data.items.length === 0;
}

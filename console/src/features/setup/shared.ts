/** What other features may use of the first use: whether it is time for it. */
import { useQuery } from '@tanstack/react-query';

import { read } from '#/api/client';
import { useMay } from '#/api/session';

import { setupQuery } from './queries.ts';

/** Whether nothing is here yet, or a first use was left in the middle, and the viewer may go on with it. */
export function useFirstUse(): boolean {
  const may = useMay('tenant:setup');
  const setup = useQuery({ ...setupQuery(), enabled: may });
  const workflows = useQuery({ ...read('/workflows', { query: { limit: 1 } }), enabled: may });
  if (!may || !setup.data || !workflows.data) return false;
  const { needed, current } = setup.data;
  return needed && (current ? !current.done : workflows.data.items.length === 0);
}

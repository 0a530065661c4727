/** What are workflows called? Nothing where their list is not to be read, or one is gone. */
import { useQuery } from '@tanstack/react-query';

import { read } from '#/api/client';
import { useMay } from '#/api/session';
import { useSay } from '#/texts/language';

export function useWorkflowNames(): (id: string) => string {
  const say = useSay();
  const may = useMay('workflow:view');
  const known = useQuery({ ...read('/workflows', { query: { limit: 500 } }), enabled: may, staleTime: 60_000 });
  const names = new Map((known.data?.items ?? []).map(({ id, name }) => [id, name]));
  return (id) => say(names.get(id) ?? undefined);
}

/** What are the steps of a run called? By the version that ran; the id where its text is not to be read. */
import { useQuery } from '@tanstack/react-query';
import { useCallback } from 'react';

import { useMay } from '#/api/session';
import { useSay } from '#/texts/language';

import { type Run, graphQuery } from './queries.ts';

export function useStepNames(run: Pick<Run, 'workflow' | 'version'> | undefined): (step: string) => string {
  const say = useSay();
  const may = useMay('workflow:view');
  const drawn = useQuery({ ...graphQuery(run?.workflow ?? '', run?.version ?? 0), enabled: may && run !== undefined });
  const nodes = drawn.data?.nodes;
  return useCallback((step) => say(nodes?.find(({ id }) => id === step)?.title) || step, [nodes, say]);
}

/** Where is the run? The steps of the version that ran, each with its state and what became of its objects, while it goes on. */
import { useQuery } from '@tanstack/react-query';
import { Skeleton } from 'antd';
import { lazy, Suspense } from 'react';

import type { components } from '#/api/contract';
import { useMay } from '#/api/session';
import { count } from '#/base/number';
import { useSay, useTexts } from '#/texts/language';
import { isPlanMade, outcomes, runLook, runStates } from '#/texts/states';
import type { GraphNode } from '#/ui/Graph';
import { RunTag, StateTag } from '#/ui/StateTag';

import { underway } from './counts.ts';
import { type Run, graphQuery } from './queries.ts';
import { runTexts } from './texts.ts';

type Drawn = components['schemas']['GraphNode'];

const Graph = lazy(() => import('#/ui/Graph').then((module) => ({ default: module.Graph })));

/** The node of one step, as the run stands now. */
function useNode(run: Run): (node: Drawn) => GraphNode {
  const t = useTexts(runTexts);
  const say = useSay();
  return (node) => {
    const plain = { id: node.id, title: say(node.title), detail: node.uses ?? '' };
    const state = run.steps.find(({ step }) => step === node.id);
    const planned = run.costs.find(({ step }) => step === node.id);
    const ended = run.ended !== null && run.ended !== undefined;
    const now = run.progress;
    const atWork = !ended && underway(run.status) && now?.step === node.id;
    // Counters come sooner than the news that their step has begun.
    const status = state?.status ?? (atWork && node.effect !== 'read' && now.total > 0 ? 'applying' : undefined);
    if (node.kind === 'trigger') return { ...plain, detail: run.trigger.actor };
    if (state === undefined && node.effect === 'read') {
      const read = Object.entries(run.source).map(([kind, n]) => t.things(n, kind));
      if (read.length === 0)
        return {
          ...plain,
          badge: underway(run.status) ? <StateTag state={run.status} of={runStates} /> : t.graphWaits,
        };
      return {
        ...plain,
        detail: t.graphRead(read.join(t.join)),
        badge: <StateTag state="succeeded" of={runStates} />,
        tone: 'good',
      };
    }
    if (status === undefined) {
      return { ...plain, badge: planned ? t.graphPlanned(count(planned.objects)) : t.graphWaits, tone: 'quiet' };
    }
    const stood = { status, mode: run.mode };
    const counts = Object.entries(state?.counts ?? {})
      .filter(([, n]) => n > 0)
      .map(([outcome, n]) => `${say(outcomes[outcome as keyof typeof outcomes]) || outcome} ${count(n)}`);
    return {
      ...plain,
      detail: atWork
        ? t.graphDone(count(now.done), count(now.total))
        : counts.join(t.join) || (isPlanMade(stood) ? '' : t.noChange),
      badge: <RunTag run={stood} />,
      tone: runLook(stood).tone,
    };
  };
}

export function RunGraph(props: { run: Run; onPick: (step: string) => void }) {
  const { run } = props;
  const t = useTexts(runTexts);
  const may = useMay('workflow:view');
  const drawn = useQuery({ ...graphQuery(run.workflow, run.version), enabled: may });
  const node = useNode(run);
  // The table below says the same; without the text of that version there is nothing to draw.
  if (!may || drawn.error || drawn.data?.nodes.length === 0) return null;
  if (drawn.data === undefined) return <Skeleton.Node active style={{ width: '100%', height: 200 }} />;
  const steps = new Set(run.steps.map(({ step }) => step));
  return (
    <Suspense fallback={<Skeleton.Node active style={{ width: '100%', height: 200 }} />}>
      <Graph
        label={t.graph}
        nodes={drawn.data.nodes.map(node)}
        edges={drawn.data.edges}
        onPick={(id) => steps.has(id) && props.onPick(id)}
      />
    </Suspense>
  );
}

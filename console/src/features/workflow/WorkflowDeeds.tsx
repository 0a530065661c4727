/** What can be done with a workflow now? Run, plan, activate, pause: as far as the server says that one may. */
import { useRef } from 'react';
import { useNavigate } from 'react-router';

import { useDeed } from '#/api/stale';
import { freshKey } from '#/base/keys';
import { useTexts } from '#/texts/language';
import { Deed } from '#/ui/Deed';
import { useLinks } from '#/ui/zone';

import { type Workflow, start, switchWorkflow } from './queries.ts';
import { workflowTexts } from './texts.ts';

export function WorkflowDeeds(props: { workflow: Workflow; small?: boolean }) {
  const { workflow } = props;
  const t = useTexts(workflowTexts);
  const links = useLinks();
  const navigate = useNavigate();
  const may = new Set<string>(workflow.allowed ?? []);
  const key = useRef(freshKey());
  const switched = useDeed((verb: 'activate' | 'pause') => switchWorkflow(workflow.id, verb), ['workflow']);
  const started = useDeed(
    (plan: boolean) => start(workflow.id, { plan, approve: false, inputs: {} }, plan ? freshKey() : key.current),
    ['run', 'workflow'],
  );
  const go = async (plan: boolean) => {
    const { run } = await started.mutateAsync(plan);
    key.current = freshKey();
    await navigate(plan ? links.plan(run) : links.run(run));
  };
  const size = props.small ? ({ size: 'small' } as const) : {};
  const why = (verb: string) => (may.has(verb) ? undefined : t.notNow);
  const newer = workflow.active !== null && workflow.active !== workflow.latest;
  return (
    <>
      <Deed {...size} primary={!props.small} permission="run:start" why={why('run')} onDo={() => go(false)}>
        {t.run}
      </Deed>
      <Deed {...size} permission="run:start" why={why('plan')} onDo={() => go(true)}>
        {t.plan}
      </Deed>
      {(workflow.state !== 'active' || newer) && (
        <Deed
          {...size}
          permission="workflow:activate"
          why={why('activate')}
          done={t.activated}
          onDo={() => switched.mutateAsync('activate')}
        >
          {t.activate}
        </Deed>
      )}
      {workflow.state === 'active' && (
        <Deed
          {...size}
          permission="workflow:activate"
          why={why('pause')}
          confirm={t.pauseSure}
          done={t.paused}
          onDo={() => switched.mutateAsync('pause')}
        >
          {t.pause}
        </Deed>
      )}
    </>
  );
}

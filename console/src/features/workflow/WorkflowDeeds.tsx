/** What can be done with a workflow now? Run, plan, activate, pause: as far as the server says that one may. A run is asked its inputs. */
import { useEffect, useRef, useState } from 'react';
import { useNavigate } from 'react-router';

import { useDeed } from '#/api/stale';
import { freshKey } from '#/base/keys';
import { useTexts } from '#/texts/language';
import { AskForm } from '#/ui/AskForm';
import { Deed } from '#/ui/Deed';
import { InputFields } from '#/ui/InputFields';
import { type Declared, type Inputs, presetsOf, sentOf } from '#/ui/inputs';
import { useLinks } from '#/ui/zone';

import { type Workflow, archiveWorkflow, declaredInputs, start, switchWorkflow } from './queries.ts';
import { workflowTexts } from './texts.ts';

interface Asking {
  readonly plan: boolean;
  readonly declared: readonly Declared[];
}

export function WorkflowDeeds(props: {
  workflow: Workflow;
  small?: boolean;
  /** Whether its editor has changes that are not saved: they are no part of what is done here. */
  draft?: boolean;
  /** Opens the form of a plan at once: a next step of a problem leads here for an input. */
  asks?: boolean;
  /** The form that was asked for is open. */
  onAsked?: () => void;
}) {
  const { workflow } = props;
  const t = useTexts(workflowTexts);
  const links = useLinks();
  const navigate = useNavigate();
  const may = new Set<string>(workflow.allowed ?? []);
  // The same run, sent again, is begun once; with other inputs it is another run.
  const key = useRef({ of: '', key: '' });
  const switched = useDeed((verb: 'activate' | 'pause') => switchWorkflow(workflow, verb), ['workflow']);
  const archived = useDeed(() => archiveWorkflow(workflow), ['workflow', 'directory']);
  const started = useDeed(
    ({ plan, inputs }: { plan: boolean; inputs: Inputs }) => {
      const body = { plan, approve: false, inputs: inputs as Record<string, never> };
      if (plan) return start(workflow.id, body, freshKey());
      const of = JSON.stringify(inputs);
      if (key.current.of !== of) key.current = { of, key: freshKey() };
      return start(workflow.id, body, key.current.key);
    },
    ['run', 'workflow'],
  );
  const [asking, setAsking] = useState<Asking>();
  const begin = async (plan: boolean, inputs: Inputs) => {
    const { run } = await started.mutateAsync({ plan, inputs });
    if (!plan) key.current = { of: '', key: '' };
    await navigate(plan ? links.plan(run) : links.run(run));
  };
  /** What is asked for: a plan is made of the newest version, a run of the active one. */
  const inputsFor = (plan: boolean) =>
    declaredInputs(workflow.id, plan ? workflow.latest : (workflow.active ?? workflow.latest));
  /** Starts it, or asks first where it has inputs. */
  const go = async (plan: boolean) => {
    const declared = await inputsFor(plan);
    if (declared.length > 0) setAsking({ plan, declared });
    else await begin(plan, {});
  };
  const { asks = false, onAsked } = props;
  useEffect(() => {
    if (!asks) return undefined;
    let gone = false;
    inputsFor(true).then(
      (declared) => {
        if (gone) return;
        setAsking({ plan: true, declared });
        onAsked?.();
      },
      () => undefined,
    );
    return () => {
      gone = true;
    };
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- once, when one comes here by the next step
  }, [asks]);
  const size = props.small ? ({ size: 'small' } as const) : {};
  const why = (verb: string) => (may.has(verb) ? undefined : t.notNow);
  /** Asked before, beside a draft: what stands in the editor is not what is planned, run or made live. */
  const apart = (version: number | null | undefined) =>
    props.draft === true ? { confirm: t.draftApart(String(version ?? '—')) } : {};
  const newer = workflow.active !== null && workflow.active !== workflow.latest;
  return (
    <>
      <Deed
        {...size}
        primary={!props.small}
        permission="run:start"
        why={why('run')}
        {...apart(workflow.active ?? workflow.latest)}
        onDo={() => go(false)}
      >
        {t.run}
      </Deed>
      <Deed {...size} permission="run:start" why={why('plan')} {...apart(workflow.latest)} onDo={() => go(true)}>
        {t.plan}
      </Deed>
      {(workflow.state !== 'active' || newer) && (
        <Deed
          {...size}
          permission="workflow:activate"
          why={why('activate')}
          {...apart(workflow.latest)}
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
      {!props.small && workflow.state !== 'archived' && (
        <Deed
          permission="workflow:edit"
          why={why('archive')}
          confirm={t.archiveSure}
          danger
          done={t.archived}
          onDo={() => archived.mutateAsync(undefined)}
        >
          {t.archive}
        </Deed>
      )}
      <AskForm<Record<string, unknown>>
        title={asking?.plan === false ? t.runWith(workflow.id) : t.planWith(workflow.id)}
        send={asking?.plan === false ? t.run : t.plan}
        open={asking !== undefined}
        initial={presetsOf(asking?.declared ?? [])}
        onClose={() => setAsking(undefined)}
        onSend={(typed) => begin(asking?.plan ?? true, sentOf(asking?.declared ?? [], typed))}
      >
        <InputFields declared={asking?.declared ?? []} />
      </AskForm>
    </>
  );
}

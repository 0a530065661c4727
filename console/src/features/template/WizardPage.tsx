/** 使用模板创建: connection, scope, mapping, trigger, plan and activation: five screens over one draft. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button, Flex, Skeleton, Steps, Typography } from 'antd';
import { useRef, useState } from 'react';
import { useNavigate, useParams } from 'react-router';

import type { components } from '#/api/contract';
import { stale } from '#/api/stale';
import { freshKey } from '#/base/keys';
import { count } from '#/base/number';
import { between } from '#/base/time';
import { oneOf, text, useUrlState } from '#/base/urlstate';
import { connectionsQuery } from '#/features/connection/shared';
import { departmentsQuery } from '#/features/directory/shared';
import { type Run, approveSeen, runQuery, runTexts } from '#/features/run/shared';
import { useSay, useTexts } from '#/texts/language';
import { GoTo } from '#/ui/GoTo';
import { Deed } from '#/ui/Deed';
import { Loaded } from '#/ui/Loaded';
import { Moment } from '#/ui/Moment';
import { Page } from '#/ui/Page';
import { type Inputs, inputsOf, missingOf, presetsOf, sentOf } from '#/ui/inputs';
import { ProblemView } from '#/ui/ProblemView';
import { useLinks } from '#/ui/zone';

import { asked, ConnectionStep } from './ConnectionStep.tsx';
import {
  connectionEdit,
  connectionOf,
  idEdit,
  idOf,
  mappingsOf,
  scheduleEdit,
  scheduleOf,
  scopeEdit,
  scopeOf,
} from './content.ts';
import { isOvertaken, useDraft } from './draft.ts';
import { IdCard, useIds } from './IdCard.tsx';
import { faultOf, idFor } from './ids.ts';
import { InputsCard } from './InputsCard.tsx';
import { MappingStep } from './MappingStep.tsx';
import { PlanStep, usePlan } from './PlanStep.tsx';
import { type Template, type TextEdit, activateWorkflow, startRun, templateQuery, workflowQuery } from './queries.ts';
import { ScopeStep } from './ScopeStep.tsx';
import { Summary } from './Summary.tsx';
import { templateTexts } from './texts.ts';
import { TriggerStep } from './TriggerStep.tsx';

const steps = ['connection', 'scope', 'mapping', 'trigger', 'plan'] as const;
const codec = { step: oneOf(steps, 'connection'), run: text() };

/** Inputs as the contract has them: free by nature. */
function free(inputs: Inputs): Record<string, never> {
  return inputs as Record<string, never>;
}

/** Whether the workflow ran after a plan: what was planned may have been done then. */
function ranSince(plan: Run, last: components['schemas']['LastRun'] | null | undefined): boolean {
  return last !== null && last !== undefined && last.run !== plan.run && (between(plan.accepted, last.at) ?? 0) > 0;
}

function Wizard(props: {
  template: Template;
  /** The connections that there are, by connector. */
  offered: readonly { name: string; connector: string }[];
}) {
  const { template } = props;
  const t = useTexts(templateTexts);
  const runWords = useTexts(runTexts);
  const say = useSay();
  const links = useLinks();
  const navigate = useNavigate();
  const client = useQueryClient();
  const { message } = App.useApp();
  const [given, change] = useUrlState(codec);
  // Without a plan there is nothing to show on the last screen: one comes from the screen before it.
  const state = { ...given, step: given.step === 'plan' && given.run === '' ? ('trigger' as const) : given.step };
  const ids = useIds(template.id);
  const {
    text: yaml,
    content,
    draft,
    error: unread,
    again,
    change: keep,
    decided,
    settled,
    drop,
  } = useDraft(template, ids.begins);
  // The scope's tree is asked for at once, not when its screen is drawn: on a slow line each question after another counts.
  useQuery(departmentsQuery());
  const [error, setError] = useState<unknown>();
  const [typed, setTyped] = useState<string>();
  /** Of the run that a plan leads to: each plan has one of its own. */
  const key = useRef({ plan: '', key: freshKey() });
  const plan = usePlan(state.run);
  const schedule = scheduleOf(content);
  const textId = idOf(content) ?? template.id;
  const own = plan.asked.data?.workflow;
  const id = idFor(textId, ids.known, own);
  const asks = typed?.trim();
  const fault = asks === undefined ? undefined : faultOf(asks, ids.known, own);
  const declared = inputsOf(content);
  const [typedInputs, setTypedInputs] = useState<Record<string, unknown>>({});
  // What a plan was made with counts until something else is typed, also where the page was loaded anew.
  const plannedWith: Readonly<Record<string, unknown>> = plan.asked.data?.inputs ?? {};
  const inputs = { ...presetsOf(declared), ...plannedWith, ...typedInputs };
  const lacking = missingOf(declared, inputs);
  /** What a text names, if it is there; where there is one connection only, it is chosen already. */
  const chosenIn = (from: unknown) =>
    Object.fromEntries(
      asked(template).flatMap(({ alias, type }) => {
        const mine = props.offered.filter(({ connector }) => connector === type);
        const named = connectionOf(from, alias);
        const name = mine.find((one) => one.name === named)?.name ?? (mine.length === 1 ? mine[0]?.name : undefined);
        return name === undefined ? [] : [[alias, name] as const];
      }),
    );
  const chosen = chosenIn(content);
  const names = ['stepConnection', 'stepScope', 'stepMapping', 'stepTrigger', 'stepPlan'] as const;
  const at = steps.indexOf(state.step);
  const missing = asked(template).some(({ alias }) => chosen[alias] === undefined);
  /** Something is another now: the plan that there was is of something else. The inputs that it had stay. */
  const forgetPlan = (inputsNow?: Record<string, unknown>) => {
    setTypedInputs((before) => ({ ...plannedWith, ...(inputsNow ?? before) }));
    if (given.run !== '') change({ run: '' }, { replace: true });
  };
  /** Only some departments are wanted, and none is chosen yet: nothing behind the scope goes on until one is. */
  const [unpicked, setUnpicked] = useState(false);
  const held = (step: number) => unpicked && scopeOf(content) !== undefined && step >= steps.indexOf('scope');
  const noScope = held(at) ? t.scopePick : undefined;
  /** The run that was started here. */
  const [begun, setBegun] = useState<string>();
  /** How often somebody else had made the draft another one. */
  const [overtook, setOvertook] = useState(0);
  const apply = async (edits: TextEdit[]) => {
    if (edits.length === 0) return true;
    setError(undefined);
    try {
      await keep(edits);
      forgetPlan();
      return true;
    } catch (wrong) {
      setError(wrong);
      if (isOvertaken(wrong)) {
        // What somebody else made of it is shown, and one decides again.
        setTyped(undefined);
        setUnpicked(false);
        setOvertook((times) => times + 1);
      }
      return false;
    }
  };
  /** Saves the draft, with what was typed just now, and plans it. */
  const compute = async () => {
    setError(undefined);
    // The plan that there was may not have been read yet.
    const earlier =
      given.run === '' ? undefined : await client.ensureQueryData(runQuery(given.run)).catch(() => undefined);
    let now = await decided();
    if (earlier) ids.made(earlier.workflow);
    // Nothing that is in use becomes another workflow by this: it keeps its text and its schedule.
    const was = idOf(now.content) ?? template.id;
    const saves = await ids.savedAs(was);
    if (saves.id !== was) {
      await keep([idEdit(saves.id)]);
      now = await decided();
    }
    // What went wrong before has been written by now.
    setError(undefined);
    const connections = Object.entries(chosenIn(now.content)).map(([alias, name]) => ({ alias, name }));
    const saved = await ids.save({ text: now.text, id: idOf(now.content) ?? template.id, connections }, saves);
    const needs = inputsOf(now.content);
    const sent = free(sentOf(needs, { ...presetsOf(needs), ...earlier?.inputs, ...typedInputs }));
    ids.made(saved.id);
    const started = await startRun(saved.id, { plan: true, approve: false, inputs: sent }, freshKey());
    await stale(client, ['workflow', 'run']);
    change({ step: 'plan', run: started.run });
  };
  // The plan is of one version of one workflow. That one is activated, or nothing.
  const planned = plan.asked.data;
  const saved = useQuery({ ...workflowQuery(planned?.workflow ?? ''), enabled: planned !== undefined });
  const overtaken =
    planned !== undefined &&
    ((saved.data !== undefined && saved.data.latest !== planned.version) ||
      (saved.data?.last?.run !== begun && ranSince(planned, saved.data?.last)) ||
      (draft !== undefined && (between(planned.accepted, draft.saved) ?? 0) > 0));
  // Without the tag nobody would be told that the workflow has changed since.
  const notYet = overtaken ? t.overtaken : plan.plan.data && saved.data?.etag ? noScope : t.notYet;
  /** Activates what was planned; not where a decision that was on its way has made the draft another one. */
  const activate = async (): Promise<boolean> => {
    const now = await settled();
    if ((between(planned?.accepted, now?.saved) ?? 0) > 0) {
      message.warning(t.overtaken);
      forgetPlan();
      change({ step: 'trigger', run: '' }, { replace: true });
      return false;
    }
    await activateWorkflow(planned?.workflow ?? '', saved.data?.etag ?? '');
    await stale(client, ['workflow']);
    return true;
  };
  /** The draft became a workflow. One that somebody else went on with stays theirs. */
  const over = () => drop().catch(() => undefined);
  /** Activates, runs, and approves the plan that was seen; another one waits for a decision of its own. */
  const run = async () => {
    if (!(await activate())) return;
    // With what the plan was made with, also where the page was loaded anew since then.
    const same = plan.asked.data?.inputs ?? free(sentOf(declared, inputs));
    const begin = { approve: false, plan: false, inputs: same };
    if (key.current.plan !== state.run) key.current = { plan: state.run, key: freshKey() };
    const started = await startRun(planned?.workflow ?? '', begin, key.current.key);
    setBegun(started.run);
    const seen = { hash: plan.plan.data?.hash, checked: plan.checked, may: plan.may };
    if ((await approveSeen(started.run, seen)) === 'waits') message.info(runWords.heldForOthers);
    await over();
    await stale(client, ['run', 'workflow']);
    message.success(t.activated);
    await navigate(links.run(started.run), { replace: true });
  };
  const needed = steps[at + 1] === 'plan' && lacking.length > 0;
  const noInput = needed ? t.inputsNeeded(lacking.map(({ label, name }) => say(label) || name).join(', ')) : undefined;
  const noId = fault && { form: t.idForm, used: t.idInUse }[fault];
  const why = noId ?? (state.step === 'connection' && missing ? t.pickOne : (noScope ?? noInput));
  const forward = async () => {
    const after = steps[at + 1];
    if (after === undefined) return;
    if (after === 'plan') await compute();
    else change({ step: after });
  };
  const go = (to: number) => {
    const step = steps[to];
    if (step === undefined || (step === 'plan' && state.run === '')) return;
    if (to > at && held(to - 1)) return;
    change({ step });
  };
  return (
    <Page
      title={say(template.name)}
      deeds={
        <Deed
          confirm={t.restartSure}
          onDo={async () => {
            await drop();
            ids.made(undefined);
            setTyped(undefined);
            setTypedInputs({});
            setUnpicked(false);
            setError(undefined);
            change({ step: 'connection', run: '' });
          }}
        >
          {t.restart}
        </Deed>
      }
    >
      <Steps
        current={at}
        size="small"
        onChange={go}
        items={names.map((name, index) => ({
          title: t[name],
          disabled: (steps[index] === 'plan' && state.run === '') || (index > at && held(index - 1)),
        }))}
      />
      {state.step === 'connection' && (
        <>
          <ConnectionStep
            template={template}
            chosen={chosen}
            onChoose={(alias, name, added) => {
              const all = { ...chosen, [alias]: name };
              const whole = asked(template).every((one) => all[one.alias] !== undefined);
              void apply([connectionEdit(alias, name)]).then((kept) => {
                if (kept && added && whole) change({ run: '', step: 'scope' });
              });
            }}
          />
          <IdCard
            named={textId}
            id={id}
            typed={typed}
            fault={fault}
            known={ids.known}
            onType={setTyped}
            onLeave={() => {
              if (asks === undefined || asks === id || fault !== undefined) return;
              void apply([idEdit(asks)]).then((kept) => kept && setTyped(undefined));
            }}
          />
        </>
      )}
      {state.step !== 'connection' && state.step !== 'plan' && (
        <>
          {yaml === undefined && unread !== null && <ProblemView error={unread} onAgain={again} />}
          {yaml === undefined && unread === null && <Skeleton active title={false} paragraph={{ rows: 6 }} />}
          {yaml !== undefined && (
            <>
              {state.step === 'scope' && (
                <ScopeStep
                  key={overtook}
                  scope={scopeOf(content)}
                  unpicked={unpicked}
                  onUnpicked={setUnpicked}
                  onScope={(include) => {
                    const scope = scopeOf(content);
                    return scope ? apply([scopeEdit(scope.step, include)]) : Promise.resolve(true);
                  }}
                />
              )}
              {state.step === 'mapping' && <MappingStep text={yaml} mappings={mappingsOf(content)} />}
              {state.step === 'trigger' && (
                <>
                  <TriggerStep
                    key={overtook}
                    schedule={schedule}
                    onSchedule={(wanted) => void apply(scheduleEdit(wanted))}
                  />
                  {/* Drawn once it is known what the plan had: a form takes what it begins with once. */}
                  {(state.run === '' || planned !== undefined || plan.asked.isError) && (
                    <InputsCard declared={declared} typed={inputs} onTyped={forgetPlan} />
                  )}
                </>
              )}
            </>
          )}
        </>
      )}
      {state.step === 'plan' && planned && <Summary template={template} run={planned} live={saved.data?.active} />}
      {state.step === 'plan' && overtaken && <Alert type="warning" showIcon title={t.overtaken} />}
      {state.step === 'plan' && <PlanStep run={state.run} plan={plan} />}
      {error !== undefined && <ProblemView error={error} />}
      <Flex gap={8} wrap align="center">
        {at > 0 && <Button onClick={() => go(at - 1)}>{t.back}</Button>}
        {state.step === 'plan' ? (
          <>
            <Deed primary permission="workflow:activate" why={notYet ?? plan.why} {...plan.sure} onDo={run}>
              {plan.removes > 0
                ? t.activateRemove(count(plan.changes), count(plan.removes))
                : t.activateRun(count(plan.changes))}
            </Deed>
            <Deed
              permission="workflow:activate"
              why={notYet}
              onDo={async () => {
                if (!(await activate())) return;
                await over();
                message.success(t.activated);
                await navigate(links.workflow(planned?.workflow ?? id), { replace: true });
              }}
            >
              {t.activate}
            </Deed>
            <Deed permission="run:start" why={noScope} onDo={compute}>
              {t.planAgain}
            </Deed>
            <GoTo to={links.workflow(id)}>{t.open}</GoTo>
          </>
        ) : (
          <Deed primary permission={steps[at + 1] === 'plan' ? 'workflow:edit' : undefined} why={why} onDo={forward}>
            {t.next}
          </Deed>
        )}
        <Typography.Text type="secondary">
          {draft ? t.kept : t.keptNot}
          {draft && (
            <>
              {' '}
              · <span data-value>{t.keptBy(draft.by)}</span> <Moment time={draft.saved} relative />
            </>
          )}
        </Typography.Text>
      </Flex>
    </Page>
  );
}

export function Component() {
  const { id = '' } = useParams();
  const template = useQuery(templateQuery(id));
  const connections = useQuery(connectionsQuery());
  return (
    <Loaded query={template}>
      {(one) => (
        <Loaded query={connections}>{({ items }) => <Wizard key={one.id} template={one} offered={items} />}</Loaded>
      )}
    </Loaded>
  );
}

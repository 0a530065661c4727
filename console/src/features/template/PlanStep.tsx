/** What would the first run change? The plan of the draft as it was saved; the button carries the count that it stands for. */
import { useQuery } from '@tanstack/react-query';
import { Alert, Flex, Spin, Typography } from 'antd';
import { Suspense, useState } from 'react';

import { useMay } from '#/api/session';
import { count } from '#/base/number';
import {
  Held,
  lookedAt,
  Notices,
  PlanGroups,
  planQuery,
  type Press,
  Questions,
  runQuery,
  runTexts,
  sizeOf,
  SafetyTable,
  underway,
} from '#/features/run/shared';
import { useSay, useTexts } from '#/texts/language';
import { Loaded } from '#/ui/Loaded';
import { Nothing } from '#/ui/Nothing';
import { IssueText } from '#/ui/ProblemView';

import { templateTexts } from './texts.ts';

/** The plan of a run that only plans; undefined until it is there. */
export function usePlan(run: string) {
  const asked = useQuery({ ...runQuery(run), enabled: run !== '' });
  const ended = asked.data !== undefined && !underway(asked.data.status);
  const plan = useQuery({ ...planQuery(run), enabled: run !== '' && ended });
  const { changes, removes, left } = sizeOf(plan.data?.groups ?? []);
  const t = useTexts(runTexts);
  // Of one plan only: another one has to be looked at anew.
  const [checkedOf, setCheckedOf] = useState<string>();
  const checked = checkedOf === run;
  const may = useMay('run:approve');
  return {
    asked,
    plan,
    ended,
    changes,
    removes,
    left,
    /** Whether the press approves it; else the run that it starts waits for somebody who may. */
    may,
    /** Asked before the plan is carried out, where somebody loses access. */
    sure:
      removes > 0 ? { confirm: t.approveSure(count(changes), count(removes)), destroys: removes, danger: true } : {},
    checked,
    onChecked: (yes: boolean) => setCheckedOf(yes ? run : undefined),
    /** Why the plan cannot be approved yet. */
    why: may && plan.data && lookedAt(plan.data) && !checked ? t.sourceNeeded : undefined,
  };
}

/** `press`: what the button below does about what the plan asks. */
export function PlanStep(props: { run: string; plan: ReturnType<typeof usePlan>; press?: Press }) {
  const press = props.press ?? (props.plan.may ? 'approves' : 'held');
  const t = useTexts(templateTexts);
  const say = useSay();
  const { asked, plan, ended, changes, checked } = props.plan;
  if (!ended && !asked.error) {
    return (
      <Flex gap={12} align="center" role="status">
        <Spin /> {t.planning}
      </Flex>
    );
  }
  return (
    <Suspense fallback={<Spin />}>
      <Loaded query={asked}>
        {(run) => (
          <Flex vertical gap={16}>
            {run.status === 'failed' &&
              (run.why ?? []).map((issue) => (
                <Alert
                  key={issue.code}
                  type="error"
                  title={say(issue.reason)}
                  description={<IssueText issue={issue} />}
                />
              ))}
            <Loaded query={plan}>
              {(data) => (
                <>
                  {press === 'approves' ? (
                    <Questions plan={data} checked={checked} onChecked={props.plan.onChecked} />
                  ) : (
                    <Held issues={data.held} safety={data.safety} press={press} />
                  )}
                  <Notices issues={data.notices} />
                  {changes === 0 && (data.groups ?? []).length === 0 ? (
                    <Nothing title={t.planNothing} />
                  ) : (
                    <>
                      <Typography.Text strong>{t.planChanges(count(changes))}</Typography.Text>
                      <PlanGroups run={props.run} groups={data.groups ?? []} />
                    </>
                  )}
                  {data.safety.length > 0 && <SafetyTable checks={data.safety} />}
                </>
              )}
            </Loaded>
          </Flex>
        )}
      </Loaded>
    </Suspense>
  );
}

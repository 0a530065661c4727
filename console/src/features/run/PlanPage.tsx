/** 变更预览: what would this run change? As a pull request reads: grouped, removals last and in red, unchanged folded. */
import { useQuery } from '@tanstack/react-query';
import { Flex, Tag, Typography } from 'antd';
import { useState } from 'react';
import { useNavigate, useParams } from 'react-router';

import { useDeed } from '#/api/stale';
import { count } from '#/base/number';
import { duration } from '#/base/time';
import { useLanguage, useTexts } from '#/texts/language';
import { Deed } from '#/ui/Deed';
import { Loaded } from '#/ui/Loaded';
import { Moment } from '#/ui/Moment';
import { Nothing } from '#/ui/Nothing';
import { Page } from '#/ui/Page';
import { RunTag } from '#/ui/StateTag';
import { useLinks } from '#/ui/zone';

import { sizeOf } from './counts.ts';
import { Notices, Questions } from './Notices.tsx';
import { lookedAt } from './notices.ts';
import { PlanAbout } from './PlanAbout.tsx';
import { PlanGroups } from './PlanGroups.tsx';
import { type Plan, type Run, approve, control, planQuery, runQuery } from './queries.ts';
import { SafetyTable } from './SafetyTable.tsx';
import { runTexts } from './texts.ts';

function Decision(props: { run: Run; plan: Plan; checked: boolean }) {
  const { run, plan, checked } = props;
  const t = useTexts(runTexts);
  const links = useLinks();
  const navigate = useNavigate();
  const { changes, removes } = sizeOf(plan.groups ?? []);
  const asked = lookedAt(plan) !== undefined;
  const body = { ...(plan.hash ? { plan: plan.hash } : {}), source_checked: checked };
  const approved = useDeed(() => approve(run.run, body), ['run', 'removal']);
  const rejected = useDeed(() => control(run.run, 'reject'), ['run', 'removal']);
  const may = run.allowed?.includes('approve') ?? false;
  const refused = may ? undefined : t.notHeld;
  return (
    <>
      <Deed
        primary
        permission="run:approve"
        why={asked && !checked ? (refused ?? t.sourceNeeded) : refused}
        confirm={t.approveSure(count(changes), count(removes))}
        destroys={removes}
        done={t.decided}
        onDo={async () => {
          await approved.mutateAsync(undefined);
          await navigate(links.run(run.run));
        }}
      >
        {t.approveThese(count(changes))}
      </Deed>
      <Deed
        permission="run:approve"
        danger
        why={refused}
        confirm={t.rejectSure}
        done={t.decided}
        onDo={async () => {
          await rejected.mutateAsync(undefined);
          await navigate(links.run(run.run));
        }}
      >
        {t.reject}
      </Deed>
    </>
  );
}

function Body(props: { run: Run; plan: Plan; checked: boolean; onChecked: (checked: boolean) => void }) {
  const { run, plan } = props;
  const t = useTexts(runTexts);
  const language = useLanguage();
  const unchanged = Object.entries(plan.counts).flatMap(([kind, { unchanged: n = 0 }]) =>
    n > 0 ? [t.things(n, kind)] : [],
  );
  const { changes, removes } = sizeOf(plan.groups ?? []);
  return (
    <Flex vertical gap={16}>
      <PlanAbout run={run} plan={plan} />
      {run.status === 'held' && <Questions plan={plan} checked={props.checked} onChecked={props.onChecked} />}
      <Notices issues={plan.notices} />
      <Flex gap={8} wrap align="center">
        <Typography.Text>
          {/* A time that nobody waits for would be no honest estimate. */}
          {plan.ms_needed < 5_000
            ? t.calls1(count(plan.calls_needed))
            : t.calls2(count(plan.calls_needed), duration(plan.ms_needed, language))}
        </Typography.Text>
        {removes > 0 && (
          <Tag color="error">
            {t.planRemoves} {count(removes)}
          </Tag>
        )}
        {run.expires && (
          <Typography.Text type="secondary">
            {t.expires} <Moment time={run.expires} />
          </Typography.Text>
        )}
      </Flex>
      {changes === 0 && (plan.groups ?? []).length === 0 ? (
        <Nothing title={t.planNothing} />
      ) : (
        <PlanGroups run={run.run} groups={plan.groups ?? []} />
      )}
      {unchanged.length > 0 && (
        <Typography.Text type="secondary">{t.unchangedFold(unchanged.join(t.join))}</Typography.Text>
      )}
      {plan.safety.length > 0 && <SafetyTable checks={plan.safety} />}
    </Flex>
  );
}

export function Component() {
  const t = useTexts(runTexts);
  const { id = '' } = useParams();
  const run = useQuery(runQuery(id));
  const plan = useQuery(planQuery(id));
  const [checked, setChecked] = useState(false);
  const title = run.data ? t.planOf(`${run.data.workflow} #${run.data.no}`) : t.plan;
  return (
    <Page
      title={title}
      tag={run.data && <RunTag run={run.data} />}
      deeds={run.data?.status === 'held' && plan.data && <Decision run={run.data} plan={plan.data} checked={checked} />}
    >
      <Loaded query={run}>
        {(known) => (
          <Loaded query={plan}>
            {(data) => <Body run={known} plan={data} checked={checked} onChecked={setChecked} />}
          </Loaded>
        )}
      </Loaded>
    </Page>
  );
}

/** 初始化: from an empty tenant to the people of WeCom: four values, checks and plan, the first run. */
import { useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Flex, Steps, Typography } from 'antd';
import { useRef, useState } from 'react';
import { Link } from 'react-router';

import { stale } from '#/api/stale';
import { freshKey } from '#/base/keys';
import { count } from '#/base/number';
import { text, useUrlState } from '#/base/urlstate';
import { type TestReport, TestReportView } from '#/features/connection/shared';
import { approveSeen } from '#/features/run/shared';
import { PlanStep, usePlan } from '#/features/template/shared';
import { useTexts } from '#/texts/language';
import { Deed } from '#/ui/Deed';
import { Page } from '#/ui/Page';
import { useLinks } from '#/ui/zone';

import { LiveStep } from './LiveStep.tsx';
import { planFirst, runFirst } from './queries.ts';
import { setupTexts } from './texts.ts';
import { ValuesStep } from './ValuesStep.tsx';

const codec = { connection: text(), plan: text(), run: text() };

function PlanOf(props: {
  connection: string;
  plan: string;
  report: TestReport | undefined;
  onPlan: (run: string) => void;
  onRun: (run: string) => void;
}) {
  const t = useTexts(setupTexts);
  const links = useLinks();
  const client = useQueryClient();
  const key = useRef(freshKey());
  const plan = usePlan(props.plan);
  const known = plan.plan.data;
  const people = plan.asked.data?.source['user'];
  return (
    <Flex vertical gap={16}>
      {props.report && <TestReportView report={props.report} />}
      {plan.ended && people === 0 && <Alert type="warning" showIcon title={t.zero} />}
      <PlanStep run={props.plan} plan={plan} />
      <Flex gap={8} wrap align="center">
        <Deed
          primary
          permission="workflow:activate"
          why={known ? undefined : t.notYet}
          done={t.begun}
          onDo={async () => {
            const run = await runFirst(key.current);
            props.onRun(run);
            await approveSeen(run, known?.hash);
            await stale(client, ['run', 'workflow', 'directory']);
          }}
        >
          {t.start(count(plan.changes))}
        </Deed>
        <Deed permission="run:start" onDo={async () => props.onPlan(await planFirst(props.connection))}>
          {t.planAgain}
        </Deed>
        <Link to={links.connection(props.connection)}>
          <Button tabIndex={-1}>{t.back}</Button>
        </Link>
      </Flex>
    </Flex>
  );
}

/** Other ways to begin. */
function Others() {
  const t = useTexts(setupTexts);
  const links = useLinks();
  return (
    <Flex gap={16} wrap>
      <Typography.Text type="secondary">{t.others}</Typography.Text>
      <Link to={links.templates()}>{t.fromTemplate}</Link>
      <Link to={links.people()}>{t.fromDirectory}</Link>
    </Flex>
  );
}

export function Component() {
  const t = useTexts(setupTexts);
  const [state, change] = useUrlState(codec);
  const [report, setReport] = useState<TestReport>();
  const at = state.run !== '' ? 2 : state.plan !== '' ? 1 : 0;
  return (
    <Page title={t.title}>
      <Typography.Text type="secondary">{t.lead}</Typography.Text>
      <Steps current={at} size="small" items={[{ title: t.stepForm }, { title: t.stepPlan }, { title: t.stepRun }]} />
      {at === 0 && (
        <>
          <ValuesStep
            onPlan={(connection, plan, tested) => {
              setReport(tested);
              change({ connection, plan });
            }}
          />
          <Others />
        </>
      )}
      {at === 1 && (
        <PlanOf
          connection={state.connection}
          plan={state.plan}
          report={report}
          onPlan={(plan) => change({ plan }, { replace: true })}
          onRun={(run) => change({ run })}
        />
      )}
      {at === 2 && <LiveStep run={state.run} />}
    </Page>
  );
}

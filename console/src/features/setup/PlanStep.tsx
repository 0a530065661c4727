/** What the first run would do, and the button that says go to exactly that. */
import { useQuery } from '@tanstack/react-query';
import { Alert, Collapse, Flex } from 'antd';
import { useRef } from 'react';
import { Link } from 'react-router';

import { read } from '#/api/client';
import { useDeed } from '#/api/stale';
import { freshKey } from '#/base/keys';
import { count } from '#/base/number';
import { Doctor } from '#/features/integration/shared';
import { PlanStep as Plan, usePlan } from '#/features/template/shared';
import { useTexts } from '#/texts/language';
import { Deed } from '#/ui/Deed';
import { useLinks } from '#/ui/zone';

import { type Setup, begin, start } from './queries.ts';
import { stepOf } from './stages.ts';
import { setupTexts } from './texts.ts';

/** What the close look found, folded away: it was good. */
function Looked(props: { connection: string }) {
  const t = useTexts(setupTexts);
  const integration = useQuery(read('/connections/{id}/integration', { path: { id: props.connection } }));
  const report = integration.data?.examined;
  if (!report) return null;
  const found = report.findings.filter(({ error }) => error).length;
  return (
    <Collapse
      defaultActiveKey={found > 0 ? ['look'] : []}
      items={[
        { key: 'look', label: found > 0 ? t.lookedFound(found) : t.looked, children: <Doctor report={report} /> },
      ]}
    />
  );
}

export function PlanStep(props: { connector: string; setup: Setup }) {
  const t = useTexts(setupTexts);
  const links = useLinks();
  const key = useRef(freshKey());
  const { current } = props.setup;
  const run = stepOf(current, 'plan')?.run?.run ?? '';
  const plan = usePlan(run);
  const known = plan.plan.data;
  const people = plan.asked.data?.source['user'];
  const started = useDeed(() => start(props.connector, known?.hash, key.current), ['run', 'workflow', 'connection']);
  const again = useDeed(() => begin(props.connector, {}), ['run', 'connection']);
  return (
    <Flex vertical gap={16}>
      {current && <Looked connection={current.connection} />}
      {plan.ended && people === 0 && <Alert type="warning" showIcon title={t.zero} />}
      <Plan run={run} plan={plan} press="waits" />
      <Flex gap={8} wrap align="center">
        <Deed
          primary
          permission="tenant:setup"
          why={known ? undefined : t.notYet}
          {...plan.sure}
          done={t.begun}
          onDo={() => started.mutateAsync(undefined)}
        >
          {plan.removes > 0 ? t.startRemove(count(plan.changes), count(plan.removes)) : t.start(count(plan.changes))}
        </Deed>
        <Deed permission="tenant:setup" onDo={() => again.mutateAsync(undefined)}>
          {t.planAgain}
        </Deed>
        {current && <Link to={links.connection(current.connection)}>{t.back}</Link>}
      </Flex>
    </Flex>
  );
}

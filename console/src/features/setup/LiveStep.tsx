/** The first run with its counters, and where to go when it is over. */
import { Alert, Button, Card, Flex, Result, Spin } from 'antd';
import { Suspense } from 'react';
import { Link } from 'react-router';

import { useDeed } from '#/api/stale';
import { count } from '#/base/number';
import { Held, Notices, RunSteps, RunVerdict, underway, warns } from '#/features/run/shared';
import { useSay, useTexts } from '#/texts/language';
import { Deed } from '#/ui/Deed';
import { IssueText } from '#/ui/ProblemView';
import { useLinks } from '#/ui/zone';

import { type Setup, begin } from './queries.ts';
import { stepOf } from './stages.ts';
import { setupTexts } from './texts.ts';

function Done(props: { setup: Setup; run: string; workflow: string }) {
  const t = useTexts(setupTexts);
  const links = useLinks();
  const { people, departments } = props.setup;
  return (
    <Result
      status="success"
      title={t.done(count(people), count(departments))}
      extra={
        <Flex gap={12} wrap justify="center" align="center">
          <Link to={links.people()}>
            <Button type="primary" tabIndex={-1}>
              {t.toPeople}
            </Button>
          </Link>
          <Link to={links.run(props.run)}>{t.toRun}</Link>
          <Link to={links.workflow(props.workflow)}>{t.toNightly}</Link>
        </Flex>
      }
    />
  );
}

export function LiveStep(props: { connector: string; setup: Setup }) {
  const t = useTexts(setupTexts);
  const say = useSay();
  const links = useLinks();
  const { setup } = props;
  const { current } = setup;
  const again = useDeed(() => begin(props.connector, {}), ['run', 'connection']);
  const run = stepOf(current, 'run')?.run;
  const nobody = stepOf(current, 'directory')?.error;
  if (!run) return <Spin />;
  return (
    <Suspense fallback={<Spin />}>
      <Flex vertical gap={16}>
        {underway(run.status) && <Alert type="info" title={t.running} />}
        {run.status === 'held' && (
          <>
            <Alert type="warning" showIcon title={t.waits} action={<Link to={links.plan(run.run)}>{t.toPlan}</Link>} />
            <Held issues={run.why} />
            <Notices issues={run.notices.filter(warns)} />
          </>
        )}
        {current?.done && <Done setup={setup} run={run.run} workflow={run.workflow} />}
        {nobody && (
          <Alert type="warning" showIcon title={say(nobody.reason)} description={<IssueText issue={nobody} />} />
        )}
        <RunVerdict run={run} />
        <Card>
          <RunSteps run={run} />
        </Card>
        {(run.status === 'failed' || run.status === 'cancelled' || nobody) && (
          <div>
            <Deed permission="tenant:setup" onDo={() => again.mutateAsync(undefined)}>
              {t.planAgain}
            </Deed>
          </div>
        )}
      </Flex>
    </Suspense>
  );
}

/** The first run with its counters, and where to go when it is over. */
import { useQuery } from '@tanstack/react-query';
import { Alert, Button, Card, Flex, Result, Spin } from 'antd';
import { Suspense } from 'react';
import { Link } from 'react-router';

import { count } from '#/base/number';
import { RunSteps, RunVerdict, runQuery, underway } from '#/features/run/shared';
import { useTexts } from '#/texts/language';
import { Loaded } from '#/ui/Loaded';
import { useLinks } from '#/ui/zone';

import { countsQuery } from './queries.ts';
import { setupTexts } from './texts.ts';

function Done(props: { run: string; workflow: string }) {
  const t = useTexts(setupTexts);
  const links = useLinks();
  // The run is over: what was counted before is not asked for.
  const counts = useQuery({ ...countsQuery(), staleTime: 0 });
  return (
    <Loaded query={counts} rows={2}>
      {({ counts: known }) => (
        <Result
          status="success"
          title={t.done(count(known['user']?.['active'] ?? 0), count(known['department']?.['active'] ?? 0))}
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
      )}
    </Loaded>
  );
}

export function LiveStep(props: { run: string }) {
  const t = useTexts(setupTexts);
  const links = useLinks();
  const run = useQuery(runQuery(props.run));
  return (
    <Suspense fallback={<Spin />}>
      <Loaded query={run}>
        {(data) => (
          <Flex vertical gap={16}>
            {underway(data.status) && <Alert type="info" title={t.running} />}
            {data.status === 'held' && (
              <Alert
                type="warning"
                showIcon
                title={t.waits}
                action={<Link to={links.plan(data.run)}>{t.toPlan}</Link>}
              />
            )}
            {['succeeded', 'succeeded_no_change', 'partial'].includes(data.status) && (
              <Done run={data.run} workflow={data.workflow} />
            )}
            <RunVerdict run={data} />
            <Card>
              <RunSteps run={data} />
            </Card>
          </Flex>
        )}
      </Loaded>
    </Suspense>
  );
}

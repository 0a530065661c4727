/** What would the first run change? The plan of the draft as it was saved; the button carries the count that it stands for. */
import { useQuery } from '@tanstack/react-query';
import { Alert, Flex, Spin, Typography } from 'antd';
import { Suspense } from 'react';

import { count } from '#/base/number';
import { PlanGroups, SafetyTable, planQuery, runQuery, underway } from '#/features/run/shared';
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
  const changes = (plan.data?.groups ?? [])
    .filter(({ planned }) => planned === 'do')
    .reduce((sum, group) => sum + group.count, 0);
  return { asked, plan, ended, changes };
}

export function PlanStep(props: { run: string; plan: ReturnType<typeof usePlan> }) {
  const t = useTexts(templateTexts);
  const say = useSay();
  const { asked, plan, ended, changes } = props.plan;
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
                  {data.held.map((issue) => (
                    <Alert
                      key={`${issue.code} ${issue.reason.en}`}
                      type="warning"
                      showIcon
                      title={<span data-value>{say(issue.reason)}</span>}
                      description={<Typography.Text>{t.overLimit}</Typography.Text>}
                    />
                  ))}
                  {changes === 0 && (data.groups ?? []).length === 0 ? (
                    <Nothing title={t.planNothing} />
                  ) : (
                    <>
                      <Typography.Text strong>{count(changes)}</Typography.Text>
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

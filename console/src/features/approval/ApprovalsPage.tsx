/** 审批: which runs wait for a person? */
import { useQuery } from '@tanstack/react-query';
import { Alert, Button, Flex, type TableProps, Typography } from 'antd';
import { Link } from 'react-router';

import { read } from '#/api/client';
import type { components } from '#/api/contract';
import { usePages } from '#/api/pages';
import { count } from '#/base/number';
import { present, runTexts, warns } from '#/features/run/shared';
import { useSay, useTexts } from '#/texts/language';
import { actions, planned } from '#/texts/states';
import { ListTable } from '#/ui/ListTable';
import { Moment } from '#/ui/Moment';
import { Page } from '#/ui/Page';
import { useLinks } from '#/ui/zone';

import { approvalTexts } from './texts.ts';

type Run = components['schemas']['Run'];

/** What a held run would do, by action. */
function Planned(props: { run: Run }) {
  const t = useTexts(runTexts);
  const say = useSay();
  const words: Record<string, { zh: string; en: string }> = {
    ...actions,
    ...planned,
    remove: { zh: runTexts.removeWord.zh, en: runTexts.removeWord.en },
  };
  return present(props.run.planned)
    .filter(({ outcome }) => outcome !== 'unchanged')
    .map(({ kind, outcome, n }) => `${say(words[outcome]) || outcome} ${t.things(n, kind)}`)
    .join(t.join);
}

export function Component() {
  const t = useTexts(approvalTexts);
  const say = useSay();
  const links = useLinks();
  const pages = usePages('/runs', { query: { state: 'held' } }, { every: 10_000 });
  const removals = useQuery(read('/removals', { query: { state: 'waiting', limit: 1 } }));
  const waiting = removals.data?.total ?? 0;
  const columns: NonNullable<TableProps<Run>['columns']> = [
    {
      title: t.run,
      key: 'run',
      render: (_, run) => (
        <Link to={links.plan(run.run)} data-value>
          {run.workflow} #{run.no}
        </Link>
      ),
    },
    {
      title: '',
      key: 'look',
      render: (_, run) => (
        <Link to={links.plan(run.run)}>
          <Button type="primary" size="small" tabIndex={-1}>
            {t.look}
          </Button>
        </Link>
      ),
    },
    { title: t.expires, key: 'expires', render: (_, run) => <Moment time={run.expires} /> },
    {
      title: t.why,
      key: 'why',
      render: (_, run) => (
        <Flex vertical className="say">
          {run.why.map((issue) => (
            <span key={`${issue.code} ${issue.reason.en}`} data-value>
              {say(issue.reason)}
            </span>
          ))}
          {run.notices.filter(warns).map((issue) => (
            <Typography.Text key={`${issue.code} ${issue.reason.en}`} type="warning" data-value>
              {say(issue.reason)}
            </Typography.Text>
          ))}
        </Flex>
      ),
    },
    { title: t.will, key: 'will', render: (_, run) => <Planned run={run} /> },
    { title: t.startedBy, key: 'actor', render: (_, run) => <span data-value>{run.trigger.actor}</span> },
    { title: t.since, key: 'since', render: (_, run) => <Moment time={run.accepted} relative /> },
  ];
  return (
    <Page title={t.approvals}>
      {waiting > 0 && (
        <Alert type="warning" showIcon title={<Link to={links.removals()}>{t.removalsWait(count(waiting))}</Link>} />
      )}
      <ListTable
        label={t.approvals}
        pages={pages}
        columns={columns}
        rowKey={(run) => run.run}
        nothing={t.none}
        next={<Link to={links.runs()}>{t.noneNext}</Link>}
      />
    </Page>
  );
}

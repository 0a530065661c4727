/** Everything else that is known of a run. */
import { Card, Descriptions, Flex, Table } from 'antd';
import { Link } from 'react-router';

import { count } from '#/base/number';
import { duration } from '#/base/time';
import { common } from '#/texts/common';
import { useLanguage, useSay, useTexts } from '#/texts/language';
import { modes, triggerKinds } from '#/texts/states';
import { CopyLine } from '#/ui/CopyLine';
import { Moment } from '#/ui/Moment';
import { useLinks } from '#/ui/zone';

import type { Run } from './queries.ts';
import { SafetyTable } from './SafetyTable.tsx';
import { runTexts } from './texts.ts';

export function RunFacts(props: { run: Run }) {
  const { run } = props;
  const t = useTexts(runTexts);
  const words = useTexts(common);
  const say = useSay();
  const language = useLanguage();
  const links = useLinks();
  const inputs = Object.entries<unknown>(run.inputs);
  const items = [
    { key: 'id', label: t.runId, children: <CopyLine value={run.run} label={t.runId} /> },
    {
      key: 'workflow',
      label: t.workflow,
      children: (
        <Link to={links.workflow(run.workflow)} data-value>
          {run.workflow}
        </Link>
      ),
    },
    { key: 'version', label: t.version, children: run.version },
    { key: 'mode', label: t.mode, children: say(modes[run.mode]) },
    { key: 'trigger', label: t.trigger, children: say(triggerKinds[run.trigger.kind]) || run.trigger.kind },
    { key: 'actor', label: t.actor, children: <span data-value>{run.trigger.actor}</span> },
    { key: 'accepted', label: t.accepted, children: <Moment time={run.accepted} form="full" /> },
    { key: 'started', label: t.started, children: <Moment time={run.started} form="full" /> },
    { key: 'ended', label: t.ended, children: <Moment time={run.ended} form="full" /> },
    { key: 'queued', label: t.queued, children: run.queued_ms == null ? '—' : duration(run.queued_ms, language) },
    { key: 'complete', label: t.complete, children: run.complete ? words.yes : words.no },
    {
      key: 'source',
      label: t.sourceCounts,
      children:
        Object.entries(run.source)
          .map(([kind, n]) => t.things(n, kind))
          .join(t.join) || '—',
    },
    { key: 'calls', label: t.apiCalls, children: t.callsOf(count(run.api.calls), count(run.api.writes)) },
    { key: 'retries', label: t.retries, children: count(run.api.retries) },
    ...(inputs.length > 0
      ? [
          {
            key: 'inputs',
            label: t.inputs,
            children: (
              <span data-value>{inputs.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(' ')}</span>
            ),
          },
        ]
      : []),
    ...(run.plan
      ? [{ key: 'plan', label: t.planHash, children: <CopyLine value={run.plan} label={t.planHash} /> }]
      : []),
    ...(run.retry_of
      ? [
          {
            key: 'retry',
            label: t.retryOf,
            children: (
              <Link to={links.run(run.retry_of)} data-value>
                {run.retry_of}
              </Link>
            ),
          },
        ]
      : []),
    ...(run.trigger.parent
      ? [
          {
            key: 'parent',
            label: t.parent,
            children: (
              <Link to={links.run(run.trigger.parent)} data-value>
                {run.trigger.parent}
              </Link>
            ),
          },
        ]
      : []),
    { key: 'engine', label: t.engine, children: <span data-value>{run.engine}</span> },
  ];
  return (
    <Flex vertical gap={16}>
      <Descriptions size="small" bordered column={{ xs: 1, lg: 2 }} items={items} />
      {run.approvals.length > 0 && (
        <Card size="small" title={<h2 className="part">{t.approvals}</h2>}>
          <Table
            aria-label={t.approvals}
            size="small"
            pagination={false}
            rowKey={({ at }) => at}
            dataSource={run.approvals}
            columns={[
              { title: t.actor, key: 'by', render: (_, { by }) => <span data-value>{t.approvedBy(by)}</span> },
              { title: t.time, key: 'at', render: (_, { at }) => <Moment time={at} form="full" /> },
            ]}
          />
        </Card>
      )}
      {run.safety.length > 0 && <SafetyTable checks={run.safety} />}
    </Flex>
  );
}

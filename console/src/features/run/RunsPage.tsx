/** Which runs were there? All workflows; filters in the address; runs that go on are asked for again. */
import type { TableProps } from 'antd';
import { Flex, Tag, Typography } from 'antd';
import { useMemo } from 'react';
import { Link } from 'react-router';

import type { components } from '#/api/contract';
import { modeValues, statusValues } from '#/api/contract';
import { usePages } from '#/api/pages';
import { count } from '#/base/number';
import { between, duration, hoursAgo } from '#/base/time';
import { oneOf, text, useUrlState } from '#/base/urlstate';
import { useLanguage, useSay, useTexts } from '#/texts/language';
import { isPlanMade, modes, outcomes, plannedChanges, runStates, triggerKinds } from '#/texts/states';
import { Choice, FilterBar, SearchField } from '#/ui/FilterBar';
import { ListTable } from '#/ui/ListTable';
import { Moment } from '#/ui/Moment';
import { Page } from '#/ui/Page';
import { RunTag } from '#/ui/StateTag';
import { useLinks } from '#/ui/zone';

import { itemsOf, present, underway } from './counts.ts';
import { runTexts } from './texts.ts';
import { useWorkflowNames } from './workflows.ts';

type Run = components['schemas']['Run'];
const triggers = ['manual', 'schedule', 'webhook', 'event', 'after'] as const;
const codec = {
  workflow: text(),
  state: oneOf(['', ...statusValues], ''),
  trigger: oneOf(['', ...triggers], ''),
  mode: oneOf(['', ...modeValues], ''),
  actor: text(),
  within: oneOf(['', '24', '168', '720'], ''),
  find: text(),
};

/** What became of its objects, each number a link to them. */
function Result(props: { run: Run }) {
  const say = useSay();
  const t = useTexts(runTexts);
  const links = useLinks();
  const found = present(props.run.counts).filter(({ outcome }) => outcome !== 'unchanged');
  if (isPlanMade(props.run) && plannedChanges(props.run) !== 0)
    return <Link to={links.plan(props.run.run)}>{t.plan}</Link>;
  if (found.length === 0 && isPlanMade(props.run)) return '—';
  if (found.length === 0)
    return <span>{underway(props.run.status) || props.run.status === 'held' ? '—' : t.noChange}</span>;
  return (
    <Flex gap={8} wrap>
      {found.map(({ kind, outcome, n }) => (
        <Link key={`${kind} ${outcome}`} to={links.run(props.run.run, itemsOf({ kind, outcome }))}>
          {say(outcomes[outcome as keyof typeof outcomes])} {t.things(n, kind)}
        </Link>
      ))}
    </Flex>
  );
}

export function Component() {
  const t = useTexts(runTexts);
  const say = useSay();
  const language = useLanguage();
  const links = useLinks();
  const nameOf = useWorkflowNames();
  const [state, change] = useUrlState(codec);
  const since = useMemo(() => (state.within === '' ? undefined : hoursAgo(Number(state.within))), [state.within]);
  const pages = usePages(
    '/runs',
    {
      query: {
        ...(state.workflow ? { workflow: state.workflow } : {}),
        ...(state.state ? { state: state.state } : {}),
        ...(state.trigger ? { trigger: state.trigger } : {}),
        ...(state.mode ? { mode: state.mode } : {}),
        ...(state.actor ? { actor: state.actor } : {}),
        ...(state.find ? { text: state.find } : {}),
        ...(since ? { since } : {}),
      },
    },
    { every: 5_000 },
  );
  const filtered = Object.values(state).some((value) => value !== '');
  const clear = () => change({ workflow: '', state: '', trigger: '', mode: '', actor: '', within: '', find: '' });
  const columns: NonNullable<TableProps<Run>['columns']> = [
    {
      title: t.run,
      key: 'run',
      render: (_, run) => (
        <Flex vertical>
          <Link to={links.run(run.run)} data-value>
            {run.workflow} #{run.no}
          </Link>
          <Typography.Text type="secondary" className="small" data-value>
            {nameOf(run.workflow)}
          </Typography.Text>
        </Flex>
      ),
    },
    { title: t.state, key: 'state', render: (_, run) => <RunTag run={run} /> },
    { title: t.result, key: 'result', render: (_, run) => <Result run={run} /> },
    {
      title: t.trigger,
      key: 'trigger',
      render: (_, run) => (
        <Flex gap={4} align="center">
          {say(triggerKinds[run.trigger.kind]) || run.trigger.kind}
          {run.mode !== 'apply' && <Tag>{say(modes[run.mode])}</Tag>}
        </Flex>
      ),
    },
    { title: t.actor, key: 'actor', render: (_, run) => <span data-value>{run.trigger.actor}</span> },
    { title: t.started, key: 'started', render: (_, run) => <Moment time={run.started ?? run.accepted} relative /> },
    {
      title: t.took,
      key: 'took',
      render: (_, run) => {
        const ms = between(run.started, run.ended);
        return <span className="number">{ms === undefined ? '—' : duration(ms, language)}</span>;
      },
    },
  ];
  return (
    <Page title={t.runs} tag={pages.total === undefined ? null : <Tag>{count(pages.total)}</Tag>}>
      <FilterBar onClear={filtered ? clear : undefined}>
        <SearchField label={t.find} value={state.find} onSearch={(find) => change({ find }, { replace: true })} />
        <Choice
          label={t.state}
          value={state.state}
          options={statusValues.map((value) => ({ value, label: say(runStates[value]) }))}
          onChoose={(chosen) => change({ state: chosen })}
        />
        <Choice
          label={t.trigger}
          value={state.trigger}
          options={triggers.map((value) => ({ value, label: say(triggerKinds[value]) }))}
          onChoose={(chosen) => change({ trigger: chosen })}
        />
        <Choice
          label={t.mode}
          value={state.mode}
          options={modeValues.map((value) => ({ value, label: say(modes[value]) }))}
          onChoose={(chosen) => change({ mode: chosen })}
        />
        <Choice
          label={t.within}
          value={state.within}
          options={[
            { value: '24', label: t.hours('24') },
            { value: '168', label: t.days('7') },
            { value: '720', label: t.days('30') },
          ]}
          onChoose={(chosen) => change({ within: chosen })}
        />
      </FilterBar>
      <ListTable
        label={t.runs}
        pages={pages}
        columns={columns}
        rowKey={(run) => run.run}
        nothing={t.none}
        onClear={filtered ? clear : undefined}
      />
    </Page>
  );
}

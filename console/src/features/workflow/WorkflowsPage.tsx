/** 工作流: which are there, what starts them, how did they last go? */
import { PlusOutlined } from '@ant-design/icons';
import type { TableProps } from 'antd';
import { Button, Flex, Tag, Typography } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { Link } from 'react-router';

import { usePages } from '#/api/pages';
import { count } from '#/base/number';
import { oneOf, text, useUrlState } from '#/base/urlstate';
import { common } from '#/texts/common';
import { useSay, useTexts } from '#/texts/language';
import { workflowStates } from '#/texts/states';
import { Deed } from '#/ui/Deed';
import { Choice, FilterBar, SearchField } from '#/ui/FilterBar';
import { ListTable } from '#/ui/ListTable';
import { Moment } from '#/ui/Moment';
import { Page } from '#/ui/Page';
import { RunTag, StateTag } from '#/ui/StateTag';
import { useLinks } from '#/ui/zone';

import { dueOf } from './due.ts';
import type { Workflow } from './queries.ts';
import { workflowTexts } from './texts.ts';
import { Recent } from './Recent.tsx';
import { TriggerWords } from './TriggerWords.tsx';
import { WorkflowDeeds } from './WorkflowDeeds.tsx';

const OwnText = lazy(() => import('./OwnText.tsx').then((part) => ({ default: part.OwnText })));

const states = ['draft', 'active', 'paused', 'archived'] as const;
const codec = { find: text(), state: oneOf(['', ...states], '') };

export function Component() {
  const t = useTexts(workflowTexts);
  const words = useTexts(common);
  const say = useSay();
  const links = useLinks();
  const [state, change] = useUrlState(codec);
  // What was put away comes when it is asked for only.
  const away = state.state === 'archived' ? { state: 'archived' as const } : {};
  const pages = usePages('/workflows', { query: { recent: 12, ...away } }, { size: 500 });
  const wanted = state.find.toLowerCase();
  const filtered = state.find !== '' || state.state !== '';
  const clear = () => change({ find: '', state: '' });
  const shown = pages.items?.filter(
    (one) =>
      (state.state === '' || one.state === state.state) &&
      `${one.id} ${one.name?.zh ?? ''} ${one.name?.en ?? ''}`.toLowerCase().includes(wanted),
  );
  const [own, setOwn] = useState<boolean>();
  const make = (
    <Link to={links.templates()}>
      <Button type="primary" icon={<PlusOutlined />} tabIndex={-1}>
        {t.fromTemplate}
      </Button>
    </Link>
  );
  const columns: NonNullable<TableProps<Workflow>['columns']> = [
    {
      title: t.name,
      key: 'name',
      render: (_, one) => (
        <Flex vertical>
          <Link to={links.workflow(one.id)} data-value>
            {one.name ? say(one.name) : one.id}
          </Link>
          {one.name && (
            <Typography.Text type="secondary" className="small" data-value>
              {one.id}
            </Typography.Text>
          )}
        </Flex>
      ),
    },
    { title: t.state, key: 'state', render: (_, one) => <StateTag state={one.state} of={workflowStates} /> },
    { title: t.trigger, key: 'trigger', render: (_, one) => <TriggerWords workflow={one} /> },
    {
      title: t.nextRun,
      key: 'next',
      render: (_, one) => {
        const due = dueOf(one.triggers?.schedules);
        return <Moment time={due?.next} zone={due?.timezone} />;
      },
    },
    {
      title: t.last,
      key: 'last',
      render: (_, one) =>
        one.last ? (
          <Link to={links.run(one.last.run)}>
            <RunTag run={one.last} /> <Moment time={one.last.at} relative />
          </Link>
        ) : (
          '—'
        ),
    },
    {
      title: t.recent,
      key: 'recent',
      render: (_, one) => <Recent dots={one.recent ?? []} />,
    },
    {
      title: t.runs,
      key: 'runs',
      render: (_, one) => <Link to={links.runs({ workflow: one.id })}>{count(one.runs ?? 0)}</Link>,
    },
    {
      title: words.actions,
      key: 'deeds',
      render: (_, one) => (
        <Flex gap={4}>
          <WorkflowDeeds workflow={one} small />
        </Flex>
      ),
    },
  ];
  return (
    <Page
      title={t.workflows}
      tag={shown && <Tag>{count(shown.length)}</Tag>}
      deeds={
        <>
          {make}
          <Deed permission="workflow:edit" onDo={() => Promise.resolve(setOwn(true))}>
            {t.ownText}
          </Deed>
        </>
      }
    >
      {/* Loaded with the first press. */}
      {own !== undefined && (
        <Suspense fallback={null}>
          <OwnText open={own} onClose={() => setOwn(false)} />
        </Suspense>
      )}
      <FilterBar onClear={filtered ? clear : undefined}>
        <SearchField label={t.find} value={state.find} onSearch={(find) => change({ find }, { replace: true })} />
        <Choice
          label={t.state}
          value={state.state}
          options={states.map((value) => ({ value, label: say(workflowStates[value]) }))}
          onChoose={(chosen) => change({ state: chosen })}
        />
      </FilterBar>
      <ListTable
        label={t.workflows}
        pages={{ ...pages, items: shown }}
        columns={columns}
        rowKey={(one) => one.id}
        nothing={t.none}
        next={make}
        onClear={filtered ? clear : undefined}
      />
    </Page>
  );
}

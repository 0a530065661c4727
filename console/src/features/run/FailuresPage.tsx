/** Who was left behind? The failed items of all runs that are kept, the newest first. */
import { Checkbox, Space, Tag, type TableProps } from 'antd';
import { Link } from 'react-router';

import type { components } from '#/api/contract';
import { usePages } from '#/api/pages';
import { flag, text, useUrlState } from '#/base/urlstate';
import { useSay, useTexts } from '#/texts/language';
import { outcomes } from '#/texts/states';
import { FilterBar, SearchField } from '#/ui/FilterBar';
import { ListTable } from '#/ui/ListTable';
import { Moment } from '#/ui/Moment';
import { Page } from '#/ui/Page';
import { StateTag } from '#/ui/StateTag';
import { useLinks } from '#/ui/zone';

import { accountOf, nameOf } from './queries.ts';
import { runTexts } from './texts.ts';

type Failed = components['schemas']['FailedItem'];
const codec = { workflow: text(), open: flag() };

export function Component() {
  const t = useTexts(runTexts);
  const say = useSay();
  const links = useLinks();
  const [state, change] = useUrlState(codec);
  const query = { ...(state.workflow && { workflow: state.workflow }), ...(state.open && { open: true }) };
  const pages = usePages('/failures', { query }, { every: 15_000 });
  const columns: NonNullable<TableProps<Failed>['columns']> = [
    {
      title: t.object,
      key: 'name',
      render: (_, item) => (
        <Link
          to={links.run(item.run, { tab: 'items', outcome: item.outcome ?? '', item: String(item.row ?? '') })}
          data-value
        >
          {nameOf(item)}
        </Link>
      ),
    },
    { title: t.account, key: 'account', render: (_, item) => <span data-value>{accountOf(item)}</span> },
    {
      title: t.outcome,
      key: 'outcome',
      render: (_, item) => (
        <Space size={4} wrap>
          <StateTag state={item.outcome} of={outcomes} />
          {item.settled && <Tag color="success">{t.settled}</Tag>}
        </Space>
      ),
    },
    {
      title: t.why,
      key: 'why',
      render: (_, item) => (
        <div className="say" data-value>
          {say(item.error?.reason)}
        </div>
      ),
    },
    { title: t.code, key: 'code', render: (_, item) => <code data-value>{item.error?.code}</code> },
    {
      title: t.run,
      key: 'run',
      render: (_, item) => (
        <Link to={links.run(item.run)} data-value>
          {item.workflow} #{item.no}
        </Link>
      ),
    },
    { title: t.at, key: 'at', render: (_, item) => <Moment time={item.at} relative /> },
  ];
  return (
    <Page title={t.failures}>
      <FilterBar>
        <SearchField
          label={t.workflow}
          value={state.workflow}
          onSearch={(workflow) => change({ workflow }, { replace: true })}
        />
        <Checkbox checked={state.open} onChange={(event) => change({ open: event.target.checked }, { replace: true })}>
          {t.onlyOpen}
        </Checkbox>
      </FilterBar>
      <ListTable
        label={t.failures}
        pages={pages}
        columns={columns}
        rowKey={(item) => `${item.run} ${item.key} ${item.step}`}
        nothing={t.noFailures}
        onClear={state.workflow || state.open ? () => change({ workflow: '', open: false }) : undefined}
      />
    </Page>
  );
}

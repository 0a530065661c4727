/** 待审核人员: who is in the directory and not let in yet, and the decision about them. */
import { Flex, Input, type TableProps, Typography } from 'antd';
import { useState } from 'react';
import { Link } from 'react-router';

import { usePages } from '#/api/pages';
import { useDeed } from '#/api/stale';
import { count } from '#/base/number';
import { text, useUrlState } from '#/base/urlstate';
import { textOf } from '#/features/directory/shared';
import { useTexts } from '#/texts/language';
import { Deed } from '#/ui/Deed';
import { FilterBar, SearchField } from '#/ui/FilterBar';
import { ListTable } from '#/ui/ListTable';
import { Page } from '#/ui/Page';
import { useChoice } from '#/ui/choice';
import { useLinks } from '#/ui/zone';

import { type Person, decide } from './queries.ts';
import { reviewTexts } from './texts.ts';

const codec = { find: text() };

export function Component() {
  const t = useTexts(reviewTexts);
  const links = useLinks();
  const [state, change] = useUrlState(codec);
  const [chosen, setChosen] = useChoice(state.find);
  const [comment, setComment] = useState('');
  const pages = usePages('/directory/review', { query: state.find ? { find: state.find } : {} }, { size: 100 });
  const decided = useDeed(
    (verdict: 'approve' | 'reject') =>
      decide(verdict, { ids: [...chosen], ...(comment.trim() ? { comment: comment.trim() } : {}) }),
    ['directory'],
  );
  const act = async (verdict: 'approve' | 'reject') => {
    await decided.mutateAsync(verdict);
    setChosen([]);
    setComment('');
  };
  const number = count(chosen.length);
  const why = chosen.length === 0 ? t.pick : undefined;
  const clear = state.find ? () => change({ find: '' }) : undefined;
  const columns: NonNullable<TableProps<Person>['columns']> = [
    {
      title: t.name,
      key: 'name',
      render: (_, person) => (
        <Link to={links.people({ person: person.id })} data-value>
          {person.name || person.id}
        </Link>
      ),
    },
    { title: t.account, key: 'account', render: (_, { username }) => <span data-value>{username}</span> },
    { title: t.number, key: 'number', render: (_, person) => <span data-value>{person.employee_no ?? '—'}</span> },
    {
      title: t.departments,
      key: 'departments',
      render: (_, { departments }) => (
        <div className="say" data-value>
          {departments.map(({ path }) => path).join(', ')}
        </div>
      ),
    },
    {
      title: t.from,
      key: 'from',
      render: (_, person) => (
        <span data-value>{person.links.map(({ connection, key }) => `${connection}: ${key}`).join(', ') || '—'}</span>
      ),
    },
  ];
  return (
    <Page
      title={t.title}
      deeds={
        (pages.items?.length ?? 0) > 0 && (
          <>
            <Deed
              primary
              permission="run:approve"
              why={why}
              confirm={t.approveSure(number)}
              done={t.decided}
              onDo={() => act('approve')}
            >
              {chosen.length > 0 ? t.approve(number) : t.approveWord}
            </Deed>
            <Deed
              danger
              permission="run:approve"
              why={why}
              confirm={t.rejectSure(number)}
              destroys={chosen.length}
              done={t.decided}
              onDo={() => act('reject')}
            >
              {chosen.length > 0 ? t.reject(number) : t.rejectWord}
            </Deed>
          </>
        )
      }
    >
      <Typography.Text type="secondary">{t.lead}</Typography.Text>
      <Flex gap={12} wrap align="end">
        <FilterBar onClear={clear}>
          <SearchField
            label={t.find}
            width={320}
            value={state.find}
            onSearch={(find) => change({ find }, { replace: true })}
          />
        </FilterBar>
        {chosen.length > 0 && (
          <Input
            aria-label={t.comment}
            placeholder={t.comment}
            style={{ width: 320, maxWidth: '100%' }}
            value={comment}
            onChange={(event) => setComment(event.target.value)}
          />
        )}
      </Flex>
      <ListTable<Person>
        label={t.title}
        pages={pages}
        columns={columns}
        rowKey={({ id }) => id}
        nothing={t.none}
        next={<Link to={links.people()}>{t.noneNext}</Link>}
        onClear={clear}
        selection={{
          selectedRowKeys: [...chosen],
          onChange: (keys) => setChosen(keys.map(String)),
          getCheckboxProps: (person) => ({ 'aria-label': textOf(person, 'name') }),
        }}
      />
    </Page>
  );
}

/** 用户管理: who is in the directory? Departments at the side, search above, one person in a drawer. */
import { useQuery } from '@tanstack/react-query';
import { Card, Col, Row, type TableProps, Tag, Tree } from 'antd';
import { useMemo } from 'react';
import { Link } from 'react-router';

import { read } from '#/api/client';
import { usePages } from '#/api/pages';
import { text, useUrlState } from '#/base/urlstate';
import { useTexts } from '#/texts/language';
import { FilterBar, SearchField } from '#/ui/FilterBar';
import { ListTable } from '#/ui/ListTable';
import { Loaded } from '#/ui/Loaded';
import { Page } from '#/ui/Page';
import { StateTag } from '#/ui/StateTag';
import { useLinks } from '#/ui/zone';

import { PersonDrawer } from './PersonDrawer.tsx';
import { type Entry, departmentsQuery, textOf } from './queries.ts';
import { directoryTexts, personStates } from './texts.ts';
import { treeOf } from './tree.ts';

const codec = { find: text(), department: text(), person: text() };

export function Component() {
  const t = useTexts(directoryTexts);
  const links = useLinks();
  const [state, change] = useUrlState(codec);
  const counts = useQuery(read('/directory'));
  const departments = useQuery(departmentsQuery());
  const tree = useMemo(() => treeOf(departments.data ?? []), [departments.data]);
  const pages = usePages(
    '/directory/objects',
    {
      query: {
        kind: 'user',
        ...(state.find ? { find: state.find } : {}),
        ...(state.department ? { department: state.department } : {}),
      },
    },
    { size: 100 },
  );
  const filtered = state.find !== '' || state.department !== '';
  const columns: NonNullable<TableProps<Entry>['columns']> = [
    {
      title: t.name,
      key: 'name',
      render: (_, person) => (
        <Link to={links.people({ find: state.find, department: state.department, person: person.id })} data-value>
          {textOf(person, 'name')}
        </Link>
      ),
    },
    { title: t.account, key: 'username', render: (_, person) => <span data-value>{textOf(person, 'username')}</span> },
    { title: t.number, key: 'number', render: (_, person) => <span data-value>{textOf(person, 'employee_no')}</span> },
    { title: t.title, key: 'title', render: (_, person) => <span data-value>{textOf(person, 'title')}</span> },
    {
      title: t.status,
      key: 'status',
      render: (_, person) => <StateTag state={textOf(person, 'status')} of={personStates} />,
    },
  ];
  const people = Object.entries(counts.data?.counts['user'] ?? {});
  return (
    <Page
      title={t.people}
      tag={people.map(([status, n]) => (
        <StateTag key={status} state={status} of={personStates}>
          {' '}
          {t.counts(n)}
        </StateTag>
      ))}
    >
      <Row gutter={[16, 16]} wrap>
        <Col xs={24} lg={6}>
          <Card
            size="small"
            title={<h2 className="part">{t.departments}</h2>}
            extra={<Tag>{departments.data?.length ?? 0}</Tag>}
          >
            <Loaded query={departments}>
              {() => (
                <div data-value>
                  <Tree
                    aria-label={t.departments}
                    height={480}
                    blockNode
                    defaultExpandedKeys={tree.map(({ key }) => key)}
                    treeData={tree}
                    selectedKeys={state.department ? [state.department] : []}
                    onSelect={([key]) => change({ department: key === undefined ? '' : String(key) })}
                  />
                </div>
              )}
            </Loaded>
          </Card>
        </Col>
        <Col xs={24} lg={18}>
          <FilterBar onClear={filtered ? () => change({ find: '', department: '' }) : undefined}>
            <SearchField
              label={t.find}
              width={320}
              value={state.find}
              onSearch={(find) => change({ find }, { replace: true })}
            />
          </FilterBar>
          <div style={{ height: 12 }} />
          <ListTable
            label={t.people}
            pages={pages}
            columns={columns}
            rowKey={({ id }) => id}
            nothing={t.none}
            next={<Link to={links.setup()}>{t.noneNext}</Link>}
            onClear={filtered ? () => change({ find: '', department: '' }) : undefined}
          />
        </Col>
      </Row>
      <PersonDrawer
        id={state.person}
        known={pages.items?.find(({ id }) => id === state.person)}
        onClose={() => change({ person: '' })}
      />
    </Page>
  );
}

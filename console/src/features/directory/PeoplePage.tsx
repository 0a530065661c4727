/** 用户管理: who is in the directory? Departments at the side, search above, one person in a drawer. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Card, Col, Flex, Row, type TableProps, Tag, Tree } from 'antd';
import { useMemo, useState } from 'react';
import { Link } from 'react-router';

import { read } from '#/api/client';
import { usePages } from '#/api/pages';
import { stale } from '#/api/stale';
import { count } from '#/base/number';
import { oneOf, text, useUrlState } from '#/base/urlstate';
import { useSay, useTexts } from '#/texts/language';
import { Deed } from '#/ui/Deed';
import { Choice, FilterBar, SearchField } from '#/ui/FilterBar';
import { ListTable } from '#/ui/ListTable';
import { Loaded } from '#/ui/Loaded';
import { Page } from '#/ui/Page';
import { StateTag } from '#/ui/StateTag';
import { useChoice } from '#/ui/choice';
import { useLinks } from '#/ui/zone';

import { BulkDeeds } from './BulkDeeds.tsx';
import { ObjectDrawer } from './ObjectDrawer.tsx';
import { NewObject } from './ObjectForm.tsx';
import { type Entry, departmentsQuery, textOf } from './queries.ts';
import { directoryTexts, personStates } from './texts.ts';
import { departmentsOf, treeOf } from './tree.ts';

const statuses = ['active', 'disabled', 'left', 'pending_review'] as const;
const codec = { find: text(), department: text(), status: oneOf(['', ...statuses], ''), person: text() };

export function Component() {
  const t = useTexts(directoryTexts);
  const links = useLinks();
  const say = useSay();
  const client = useQueryClient();
  const [state, change] = useUrlState(codec);
  const [making, setMaking] = useState<'user' | 'department'>();
  const [chosen, setChosen] = useChoice([state.find, state.department, state.status]);
  const counts = useQuery(read('/directory'));
  const departments = useQuery(departmentsQuery());
  const tree = useMemo(() => treeOf(departments.data ?? []), [departments.data]);
  const names = useMemo(() => new Map((departments.data ?? []).map(({ id, name }) => [id, name])), [departments.data]);
  const filter = {
    ...(state.find ? { find: state.find } : {}),
    ...(state.department ? { department: state.department } : {}),
    ...(state.status ? { status: state.status } : {}),
  };
  const pages = usePages('/directory/objects', { query: { kind: 'user', ...filter } }, { size: 100 });
  const filtered = state.find !== '' || state.department !== '' || state.status !== '';
  const clear = () => change({ find: '', department: '', status: '' });
  const columns: NonNullable<TableProps<Entry>['columns']> = [
    {
      title: t.name,
      key: 'name',
      render: (_, person) => (
        <Link
          to={links.people({ find: state.find, department: state.department, status: state.status, person: person.id })}
          data-value
        >
          {textOf(person, 'name')}
        </Link>
      ),
    },
    { title: t.account, key: 'username', render: (_, person) => <span data-value>{textOf(person, 'username')}</span> },
    { title: t.number, key: 'number', render: (_, person) => <span data-value>{textOf(person, 'employee_no')}</span> },
    {
      title: t.departments,
      key: 'departments',
      render: (_, person) => <span data-value>{departmentsOf(person, names).join(t.comma)}</span>,
    },
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
      deeds={
        <>
          <Deed
            primary
            permission="directory:edit"
            onDo={() => {
              setMaking('user');
              return Promise.resolve();
            }}
          >
            {t.newPerson}
          </Deed>
          <Deed
            permission="directory:edit"
            onDo={() => {
              setMaking('department');
              return Promise.resolve();
            }}
          >
            {t.newDepartment}
          </Deed>
        </>
      }
    >
      <Row gutter={[16, 16]} wrap>
        <Col xs={24} lg={6}>
          <Card
            size="small"
            title={<h2 className="part">{t.departments}</h2>}
            extra={
              state.department ? (
                <Button size="small" onClick={() => change({ person: state.department })}>
                  {t.departmentFacts}
                </Button>
              ) : (
                departments.data && <Tag>{count(departments.data.length)}</Tag>
              )
            }
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
          <FilterBar onClear={filtered ? clear : undefined}>
            <SearchField
              label={t.find}
              width={320}
              value={state.find}
              onSearch={(find) => change({ find }, { replace: true })}
            />
            <Choice
              label={t.status}
              value={state.status}
              options={statuses.map((value) => ({ value, label: say(personStates[value]) }))}
              onChoose={(status) => change({ status })}
            />
          </FilterBar>
          {chosen.length > 0 ? (
            <Flex style={{ paddingBlock: 8 }}>
              <BulkDeeds chosen={chosen} filter={filter} total={pages.total} onDone={() => setChosen([])} />
            </Flex>
          ) : (
            <div style={{ height: 12 }} />
          )}
          <ListTable
            label={t.people}
            pages={pages}
            columns={columns}
            rowKey={({ id }) => id}
            nothing={t.none}
            next={<Link to={links.setup()}>{t.noneNext}</Link>}
            onClear={filtered ? clear : undefined}
            selection={{
              selectedRowKeys: [...chosen],
              onChange: (keys) => setChosen(keys.map(String)),
              getCheckboxProps: (person) => ({ name: textOf(person, 'name'), 'aria-label': textOf(person, 'name') }),
            }}
          />
        </Col>
      </Row>
      <ObjectDrawer id={state.person} onClose={() => change({ person: '' })} />
      <NewObject
        kind={making}
        under={state.department}
        onClose={() => setMaking(undefined)}
        onMade={async (id) => {
          await stale(client, ['directory']);
          change({ person: id });
        }}
      />
    </Page>
  );
}

/** 账号连接: which accounts of other systems are there, and can they be used? */
import { PlusOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Button, Drawer, Table, Tag, Typography } from 'antd';
import { Link, useNavigate } from 'react-router';

import { useMay } from '#/api/session';
import { count } from '#/base/number';
import { flag, text, useUrlState } from '#/base/urlstate';
import { useSay, useTexts } from '#/texts/language';
import { cards } from '#/ui/cards';
import { FilterBar, SearchField } from '#/ui/FilterBar';
import { Loaded } from '#/ui/Loaded';
import { Moment } from '#/ui/Moment';
import { Nothing } from '#/ui/Nothing';
import { Page } from '#/ui/Page';
import { useLinks } from '#/ui/zone';

import { ConnectionForm } from './ConnectionForm.tsx';
import { ConnectionState } from './ConnectionState.tsx';
import { type Connection, connectionsQuery, connectorsQuery } from './queries.ts';
import { connectionTexts } from './texts.ts';

const codec = { find: text(), add: flag() };

export function Component() {
  const t = useTexts(connectionTexts);
  const say = useSay();
  const links = useLinks();
  const navigate = useNavigate();
  const [state, change] = useUrlState(codec);
  const may = useMay('connection:edit');
  const connections = useQuery(connectionsQuery());
  const connectors = useQuery(connectorsQuery());
  const systemOf = (name: string) => {
    const found = connectors.data?.items.find(({ connector }) => connector === name);
    return found ? say(found.title) : name;
  };
  const wanted = state.find.toLowerCase();
  const add = may && (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => change({ add: true })}>
      {t.add}
    </Button>
  );
  return (
    <Page
      title={t.connections}
      tag={connections.data && <Tag>{count(connections.data.items.length)}</Tag>}
      deeds={connections.data?.items.length ? add : undefined}
    >
      <FilterBar onClear={state.find ? () => change({ find: '' }) : undefined}>
        <SearchField label={t.find} value={state.find} onSearch={(find) => change({ find }, { replace: true })} />
      </FilterBar>
      <Loaded query={connections}>
        {({ items }) => (
          <Table<Connection>
            aria-label={t.connections}
            className="cards"
            size="small"
            pagination={false}
            scroll={{ x: 'max-content' }}
            rowKey="id"
            dataSource={items.filter(({ name, title }) => `${name} ${title}`.toLowerCase().includes(wanted))}
            locale={{
              emptyText: (
                <Nothing title={t.none} next={add} onClear={state.find ? () => change({ find: '' }) : undefined} />
              ),
            }}
            columns={cards<Connection>([
              {
                title: t.title,
                key: 'title',
                render: (_, one) => (
                  <Link to={links.connection(one.name)} data-value>
                    {one.title || one.name}
                  </Link>
                ),
              },
              {
                title: t.name,
                key: 'name',
                render: (_, one) => (
                  <Typography.Text code data-value>
                    {one.name}
                  </Typography.Text>
                ),
              },
              { title: t.system, key: 'system', render: (_, one) => systemOf(one.connector) },
              { title: t.state, key: 'state', render: (_, one) => <ConnectionState connection={one} /> },
              { title: t.tested, key: 'tested', render: (_, one) => <Moment time={one.tested?.at} relative /> },
              { title: t.changed, key: 'changed', render: (_, one) => <Moment time={one.changed} relative /> },
            ])}
          />
        )}
      </Loaded>
      <Drawer title={t.add} size={640} open={state.add} onClose={() => change({ add: false })} destroyOnHidden>
        <ConnectionForm onAdded={(added) => void navigate(links.connection(added.name))} />
      </Drawer>
    </Page>
  );
}

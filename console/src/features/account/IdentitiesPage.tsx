/** 扫码登录: by which accounts of other systems may people sign in? */
import { useQuery } from '@tanstack/react-query';
import { Button, Form, Input, Select, Skeleton, type TableProps, Typography } from 'antd';
import { useState } from 'react';

import { read } from '#/api/client';
import { usePages } from '#/api/pages';
import { useMay } from '#/api/session';
import { useDeed } from '#/api/stale';
import { text, useUrlState } from '#/base/urlstate';
import { connectionsQuery } from '#/features/connection/shared';
import { useSay, useTexts } from '#/texts/language';
import { AskForm } from '#/ui/AskForm';
import { Deed } from '#/ui/Deed';
import { ListTable } from '#/ui/ListTable';
import { Unread } from '#/ui/Loaded';
import { Moment } from '#/ui/Moment';
import { Page } from '#/ui/Page';

import { type Identity, bindIdentity, unbindIdentity } from './queries.ts';
import { accountTexts, ways } from './texts.ts';

const codec = { account: text() };
/** The choice that is no connection. */
const oidc = '';

interface Given {
  account: string;
  way: string;
  subject: string;
}

/** Whom, by which way, and who that is there. */
function Fields() {
  const t = useTexts(accountTexts);
  const say = useSay();
  const accounts = useQuery(read('/accounts', { query: { limit: 500 } }));
  const sees = useMay('connection:view');
  const connections = useQuery({ ...connectionsQuery(), enabled: sees });
  const able = (connections.data?.items ?? []).filter(({ connector }) => connector === 'wecom');
  const way = Form.useWatch<string | undefined>('way');
  // The first choice is known only when the connections are.
  if (sees && connections.isPending) return <Skeleton active title={false} paragraph={{ rows: 3 }} />;
  return (
    <>
      <Unread query={accounts} />
      <Unread query={connections} />
      <Form.Item name="account" label={t.account} rules={[{ required: true, message: t.needAccount }]}>
        <Select
          aria-label={t.account}
          showSearch={{ optionFilterProp: 'value' }}
          options={(accounts.data?.items ?? []).map(({ name, display }) => ({
            value: name,
            label: <span data-value>{display && display !== name ? `${display} ${name}` : name}</span>,
          }))}
        />
      </Form.Item>
      <Form.Item name="way" label={t.way} initialValue={able[0]?.name ?? oidc}>
        <Select
          aria-label={t.way}
          options={[
            ...able.map(({ name, title }) => ({
              value: name,
              label: (
                <>
                  {say(ways.wecom)} <span data-value>{title || name}</span>
                </>
              ),
            })),
            { value: oidc, label: say(ways.oidc) },
          ]}
        />
      </Form.Item>
      <Form.Item
        name="subject"
        label={way === oidc ? t.sub : t.userid}
        extra={way === oidc ? undefined : t.useridHelp}
        rules={[{ required: true, message: t.needSubject }]}
      >
        <Input autoComplete="off" />
      </Form.Item>
    </>
  );
}

export function Component() {
  const t = useTexts(accountTexts);
  const say = useSay();
  const manages = useMay('account:manage');
  const [adding, setAdding] = useState(false);
  const [state, change] = useUrlState(codec);
  const pages = usePages('/identities', { query: state.account ? { account: state.account } : {} }, { size: 100 });
  const bound = useDeed(
    ({ account, way, subject }: Given) =>
      bindIdentity({ account, subject: subject.trim(), ...(way === oidc ? {} : { connection: way }) }),
    ['identity'],
  );
  const unbound = useDeed(unbindIdentity, ['identity']);
  const columns: NonNullable<TableProps<Identity>['columns']> = [
    { title: t.account, key: 'account', render: (_, { account }) => <span data-value>{account}</span> },
    {
      title: t.way,
      key: 'way',
      render: (_, { way, connection }) => (
        <>
          {say(ways[way])}{' '}
          {connection && (
            <Typography.Text type="secondary" data-value>
              {connection}
            </Typography.Text>
          )}
        </>
      ),
    },
    { title: t.subject, key: 'subject', render: (_, { subject }) => <span data-value>{subject}</span> },
    { title: t.boundBy, key: 'by', render: (_, { by }) => <span data-value>{by}</span> },
    { title: t.bound, key: 'bound', render: (_, { bound: at }) => <Moment time={at} relative /> },
    {
      title: t.signedIn,
      key: 'used',
      render: (_, { used }) => (used ? <Moment time={used} relative /> : t.never),
    },
    {
      title: '',
      key: 'unbind',
      render: (_, identity) => (
        <Deed
          size="small"
          danger
          permission="account:manage"
          confirm={t.unbindSure(identity.account)}
          done={t.done}
          onDo={() => unbound.mutateAsync(identity.id)}
        >
          {t.unbind}
        </Deed>
      ),
    },
  ];
  const bind = manages && (
    <Button type="primary" onClick={() => setAdding(true)}>
      {t.bindIdentity}
    </Button>
  );
  return (
    <Page title={t.identities} deeds={bind}>
      <Typography.Text type="secondary">{t.identitiesAbout}</Typography.Text>
      <ListTable
        label={t.identities}
        pages={pages}
        columns={columns}
        rowKey={({ id }) => id}
        nothing={t.noIdentities}
        next={bind}
        onClear={state.account ? () => change({ account: '' }) : undefined}
      />
      <AskForm<Given>
        title={t.bindIdentity}
        send={t.bindIdentity}
        open={adding}
        onClose={() => setAdding(false)}
        onSend={(given) => bound.mutateAsync(given)}
      >
        <Fields />
      </AskForm>
    </Page>
  );
}

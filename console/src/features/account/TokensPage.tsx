/** 令牌: which programs act for whom? A token is shown once. */
import { Alert, Button, Flex, Form, Input, InputNumber, Select, type TableProps, Tag, Typography } from 'antd';
import { useState } from 'react';

import type { components } from '#/api/contract';
import { usePages } from '#/api/pages';
import { useMe } from '#/api/session';
import { useDeed } from '#/api/stale';
import { useSay, useTexts } from '#/texts/language';
import { permissionWords } from '#/texts/permissions';
import { AskForm } from '#/ui/AskForm';
import { CopyLine } from '#/ui/CopyLine';
import { Deed } from '#/ui/Deed';
import { ListTable } from '#/ui/ListTable';
import { Moment } from '#/ui/Moment';
import { Page } from '#/ui/Page';

import { newToken, revokeToken } from './queries.ts';
import { accountTexts } from './texts.ts';

type Token = components['schemas']['Token'];
type NewToken = components['schemas']['NewToken'];

export function Component() {
  const t = useTexts(accountTexts);
  const say = useSay();
  const me = useMe();
  const [adding, setAdding] = useState(false);
  const [made, setMade] = useState<Token>();
  const pages = usePages('/tokens', {}, { size: 100 });
  const created = useDeed(newToken, ['token']);
  const revoked = useDeed(revokeToken, ['token']);
  const columns: NonNullable<TableProps<Token>['columns']> = [
    { title: t.tokenName, key: 'name', render: (_, { name }) => <span data-value>{name}</span> },
    { title: t.account, key: 'account', render: (_, { account }) => <span data-value>{account ?? '—'}</span> },
    {
      title: t.permissions,
      key: 'permissions',
      render: (_, { permissions }) => (
        <Flex gap={4} wrap>
          {permissions.map((permission) => (
            <Tag key={permission} title={permission}>
              {say(permissionWords[permission])}
            </Tag>
          ))}
        </Flex>
      ),
    },
    { title: t.created, key: 'created', render: (_, { created: at }) => <Moment time={at} relative /> },
    { title: t.expires, key: 'expires', render: (_, { expires }) => <Moment time={expires} form="day" /> },
    { title: t.used, key: 'used', render: (_, { used }) => <Moment time={used} relative /> },
    {
      title: '',
      key: 'revoke',
      render: (_, token) => (
        <Deed
          size="small"
          danger
          permission="account:self"
          confirm={t.revokeSure(token.name)}
          done={t.done}
          onDo={() => revoked.mutateAsync(token.id)}
        >
          {t.revoke}
        </Deed>
      ),
    },
  ];
  const add = (
    <Button type="primary" onClick={() => setAdding(true)}>
      {t.newToken}
    </Button>
  );
  return (
    <Page title={t.tokens} deeds={pages.items?.length === 0 ? undefined : add}>
      <Typography.Text type="secondary">{t.tokensAbout}</Typography.Text>
      {made?.token && (
        <Alert
          type="success"
          showIcon
          title={t.tokenShown}
          description={<CopyLine value={made.token} label={t.tokens} />}
          closable={{ onClose: () => setMade(undefined) }}
        />
      )}
      <ListTable
        label={t.tokens}
        pages={pages}
        columns={columns}
        rowKey={({ id }) => id}
        nothing={t.noTokens}
        next={add}
      />
      <AskForm<NewToken>
        title={t.newToken}
        send={t.newToken}
        open={adding}
        initial={{ days: 90, permissions: ['run:view'] }}
        onClose={() => setAdding(false)}
        onSend={async (given) => setMade(await created.mutateAsync(given))}
      >
        <Form.Item name="name" label={t.tokenName} rules={[{ required: true, message: t.needName }]}>
          <Input autoComplete="off" />
        </Form.Item>
        <Form.Item name="permissions" label={t.permissions} rules={[{ required: true, message: t.needPermission }]}>
          <Select
            mode="multiple"
            options={me.permissions.map((value) => ({ value, label: say(permissionWords[value]) }))}
          />
        </Form.Item>
        <Form.Item name="days" label={t.days}>
          <InputNumber min={1} max={365} precision={0} />
        </Form.Item>
      </AskForm>
    </Page>
  );
}

/** 租户: which organisations does this installation serve? */
import { Button, Flex, Form, Input, type TableProps } from 'antd';
import { useState } from 'react';

import { write } from '#/api/client';
import type { components } from '#/api/contract';
import { usePages } from '#/api/pages';
import { useDeed } from '#/api/stale';
import { useTexts } from '#/texts/language';
import type { Look } from '#/texts/states';
import { AskForm } from '#/ui/AskForm';
import { Deed } from '#/ui/Deed';
import { ListTable } from '#/ui/ListTable';
import { Moment } from '#/ui/Moment';
import { Page } from '#/ui/Page';
import { StateTag } from '#/ui/StateTag';

import { tenantTexts } from './texts.ts';

type Tenant = components['schemas']['Tenant'];
type NewTenant = components['schemas']['NewTenant'];
const looks: Record<components['schemas']['TenantState'], Look> = {
  active: { ...tenantTexts.active, tone: 'good' },
  archived: { ...tenantTexts.archived, tone: 'quiet' },
};

export function Component() {
  const t = useTexts(tenantTexts);
  const [adding, setAdding] = useState(false);
  const [renaming, setRenaming] = useState<Tenant>();
  const pages = usePages('/tenants', {}, { size: 100 });
  const created = useDeed((body: NewTenant) => write('post', '/tenants', { body }), ['tenant']);
  const renamed = useDeed(
    ({ tenant, name }: { tenant: Tenant; name: string }) =>
      write('post', '/tenants/{id}/rename', {
        params: { path: { id: tenant.id } },
        body: { name },
        ifMatch: tenant.etag,
      }),
    ['tenant'],
  );
  const moved = useDeed(
    (given: { id: string; verb: 'archive' | 'restore' }) =>
      write('post', `/tenants/{id}/${given.verb}`, { params: { path: { id: given.id } } }),
    ['tenant'],
  );
  const columns: NonNullable<TableProps<Tenant>['columns']> = [
    { title: t.id, key: 'id', render: (_, { id }) => <code data-value>{id}</code> },
    { title: t.name, key: 'name', render: (_, { name }) => <span data-value>{name}</span> },
    { title: t.state, key: 'state', render: (_, { state }) => <StateTag state={state} of={looks} /> },
    { title: t.created, key: 'created', render: (_, { created: at }) => <Moment time={at} /> },
    {
      title: '',
      key: 'deeds',
      render: (_, tenant) => (
        <Flex gap={8}>
          {tenant.allowed?.includes('rename') && (
            <Button size="small" onClick={() => setRenaming(tenant)}>
              {t.rename}
            </Button>
          )}
          {tenant.allowed?.includes('archive') && (
            <Deed
              size="small"
              danger
              permission="tenant:manage"
              confirm={t.archiveSure(tenant.name)}
              done={t.done}
              onDo={() => moved.mutateAsync({ id: tenant.id, verb: 'archive' })}
            >
              {t.archive}
            </Deed>
          )}
          {tenant.allowed?.includes('restore') && (
            <Deed
              size="small"
              permission="tenant:manage"
              done={t.done}
              onDo={() => moved.mutateAsync({ id: tenant.id, verb: 'restore' })}
            >
              {t.restore}
            </Deed>
          )}
        </Flex>
      ),
    },
  ];
  return (
    <Page
      title={t.tenants}
      deeds={
        <Button type="primary" onClick={() => setAdding(true)}>
          {t.create}
        </Button>
      }
    >
      <ListTable label={t.tenants} pages={pages} columns={columns} rowKey={({ id }) => id} nothing={t.none} />
      <AskForm<NewTenant>
        title={t.create}
        send={t.create}
        open={adding}
        onClose={() => setAdding(false)}
        onSend={(given) => created.mutateAsync(given)}
      >
        <Form.Item name="id" label={t.id} extra={t.idHelp} rules={[{ required: true, message: t.needId }]}>
          <Input autoComplete="off" />
        </Form.Item>
        <Form.Item name="name" label={t.name}>
          <Input autoComplete="off" />
        </Form.Item>
      </AskForm>
      <AskForm<{ name: string }>
        title={t.rename}
        send={t.rename}
        open={renaming !== undefined}
        initial={{ name: renaming?.name ?? '' }}
        onClose={() => setRenaming(undefined)}
        onSend={async ({ name }) => renaming && renamed.mutateAsync({ tenant: renaming, name })}
        onAnew={() => {
          const now = pages.items?.find(({ id }) => id === renaming?.id) ?? renaming;
          setRenaming(now);
          return { name: now?.name ?? '' };
        }}
      >
        <Form.Item name="name" label={t.name}>
          <Input autoComplete="off" />
        </Form.Item>
      </AskForm>
    </Page>
  );
}

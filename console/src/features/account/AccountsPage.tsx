/** 登录账号: who may sign in, and in which roles? */
import { Button, Flex, Form, Input, Modal, Select, type TableProps, Tag, Typography } from 'antd';
import { useState } from 'react';

import { type components, roleValues } from '#/api/contract';
import { usePages } from '#/api/pages';
import { useMay, useMe } from '#/api/session';
import { useDeed } from '#/api/stale';
import { useSay, useTexts } from '#/texts/language';
import { permissionWords } from '#/texts/permissions';
import type { Look } from '#/texts/states';
import { AskForm } from '#/ui/AskForm';
import { CopyLine } from '#/ui/CopyLine';
import { Deed } from '#/ui/Deed';
import { ListTable } from '#/ui/ListTable';
import { Moment } from '#/ui/Moment';
import { Page } from '#/ui/Page';
import { StateTag } from '#/ui/StateTag';

import { type Account, createAccount, disableAccount, enableAccount, grantRoles, newLink } from './queries.ts';
import { accountTexts, roleHelp, roles } from './texts.ts';

type Schemas = components['schemas'];
const single: Schemas['Permission'][] = [
  'pii:read',
  'link:manage',
  'message:send',
  'message:broadcast',
  'tenant:manage',
];
const looks: Record<string, Look> = {
  usable: { ...accountTexts.usable, tone: 'good' },
  disabled: { ...accountTexts.disabled, tone: 'quiet' },
};

/** A role, and what it may. */
function RoleOption(props: { role: Schemas['Role'] }) {
  const say = useSay();
  const help = useTexts(roleHelp);
  return (
    <Flex vertical>
      {say(roles[props.role])}
      <Typography.Text type="secondary" style={{ whiteSpace: 'normal' }}>
        {help[props.role]}
      </Typography.Text>
    </Flex>
  );
}

function optionOf({ value }: { value?: string | number | undefined }) {
  return <RoleOption role={value as Schemas['Role']} />;
}

/** The fields that say what an account may do. */
function Grant() {
  const t = useTexts(accountTexts);
  const say = useSay();
  return (
    <>
      <Form.Item name="roles" label={t.roles}>
        <Select
          mode="multiple"
          options={roleValues.map((value) => ({ value, label: say(roles[value]) }))}
          optionRender={optionOf}
        />
      </Form.Item>
      <Form.Item name="permissions" label={t.permissions}>
        <Select mode="multiple" options={single.map((value) => ({ value, label: say(permissionWords[value]) }))} />
      </Form.Item>
    </>
  );
}

function rightsOf(account: Account | undefined): Schemas['NewGrant'] {
  return { roles: account?.roles ?? [], permissions: account?.permissions ?? [] };
}

export function Component() {
  const t = useTexts(accountTexts);
  const say = useSay();
  const manages = useMay('account:manage');
  const isOwner = useMe().roles.includes('owner');
  /** Only an owner makes or changes an owner. */
  const why = (account: Account) => (account.roles.includes('owner') && !isOwner ? t.onlyOwners : undefined);
  const [adding, setAdding] = useState(false);
  const [changing, setChanging] = useState<Account>();
  const [link, setLink] = useState<Schemas['OneTimeLink']>();
  const pages = usePages('/accounts', {}, { size: 100 });
  const created = useDeed(createAccount, ['account']);
  const granted = useDeed(
    ({ account, ...given }: Schemas['NewGrant'] & { account: Account }) => grantRoles(account, given),
    ['account', 'session'],
  );
  const switched = useDeed(
    (account: Account) => (account.disabled ? enableAccount(account.id) : disableAccount(account.id)),
    ['account'],
  );
  const linked = useDeed(newLink, []);
  const columns: NonNullable<TableProps<Account>['columns']> = [
    { title: t.name, key: 'name', render: (_, account) => <span data-value>{account.name}</span> },
    { title: t.display, key: 'display', render: (_, account) => <span data-value>{account.display}</span> },
    {
      title: t.roles,
      key: 'roles',
      render: (_, account) => (
        <Flex gap={4} wrap>
          {account.roles.map((role) => (
            <Tag key={role}>{say(roles[role])}</Tag>
          ))}
          {account.permissions.map((permission) => (
            <Tag key={permission} title={permission}>
              {say(permissionWords[permission])}
            </Tag>
          ))}
        </Flex>
      ),
    },
    {
      title: t.state,
      key: 'state',
      render: (_, account) => (
        <Flex gap={4}>
          <StateTag state={account.disabled ? 'disabled' : 'usable'} of={looks} />
          {!account.has_password && <Tag>{t.noPassword}</Tag>}
        </Flex>
      ),
    },
    {
      title: t.signedIn,
      key: 'signed',
      render: (_, account) => (account.signed_in ? <Moment time={account.signed_in} relative /> : t.never),
    },
    {
      title: '',
      key: 'deeds',
      render: (_, account) => (
        <Flex gap={8}>
          <Deed
            size="small"
            permission="account:manage"
            why={why(account)}
            onDo={() => Promise.resolve(setChanging(account))}
          >
            {t.changeRoles}
          </Deed>
          <Deed
            size="small"
            permission="account:manage"
            why={why(account)}
            onDo={async () => setLink(await linked.mutateAsync(account.id))}
          >
            {t.newLink}
          </Deed>
          {account.disabled ? (
            <Deed
              size="small"
              permission="account:manage"
              why={why(account)}
              done={t.done}
              onDo={() => switched.mutateAsync(account)}
            >
              {t.enable}
            </Deed>
          ) : (
            <Deed
              size="small"
              danger
              permission="account:manage"
              why={why(account)}
              confirm={t.disableSure(account.name)}
              done={t.done}
              onDo={() => switched.mutateAsync(account)}
            >
              {t.disable}
            </Deed>
          )}
        </Flex>
      ),
    },
  ];
  return (
    <Page
      title={t.accounts}
      deeds={
        manages && (
          <Button type="primary" onClick={() => setAdding(true)}>
            {t.create}
          </Button>
        )
      }
    >
      <ListTable label={t.accounts} pages={pages} columns={columns} rowKey={({ id }) => id} nothing={t.none} />
      <AskForm<Schemas['NewAccount']>
        title={t.create}
        send={t.create}
        open={adding}
        initial={{ roles: ['viewer'] }}
        onClose={() => setAdding(false)}
        onSend={async (given) => setLink(await created.mutateAsync(given))}
      >
        <Form.Item name="name" label={t.name} rules={[{ required: true, message: t.needName }]}>
          <Input autoComplete="off" />
        </Form.Item>
        <Form.Item name="display" label={t.display}>
          <Input autoComplete="off" />
        </Form.Item>
        <Form.Item name="email" label={t.email}>
          <Input autoComplete="off" />
        </Form.Item>
        <Grant />
      </AskForm>
      <AskForm<Schemas['NewGrant']>
        title={`${t.changeRoles} · ${changing?.name ?? ''}`}
        send={t.changeRoles}
        open={changing !== undefined}
        initial={rightsOf(changing)}
        onClose={() => setChanging(undefined)}
        onSend={async (given) => changing && granted.mutateAsync({ ...given, account: changing })}
        onAnew={() => {
          const now = pages.items?.find(({ id }) => id === changing?.id) ?? changing;
          setChanging(now);
          return rightsOf(now);
        }}
      >
        <Grant />
      </AskForm>
      <Modal open={link !== undefined} title={t.linkTitle} footer={null} onCancel={() => setLink(undefined)}>
        {link && (
          <Flex vertical gap={8}>
            {t.linkText}
            <CopyLine value={`${location.origin}${link.path}`} label={t.linkTitle} />
            <span>
              {t.linkUntil} <Moment time={link.expires} />
            </span>
          </Flex>
        )}
      </Modal>
    </Page>
  );
}

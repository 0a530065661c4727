/** 添加绑定: somebody of the directory and an account of a connection are one; both sides are looked at before it is said so. */
import { useQuery } from '@tanstack/react-query';
import { Alert, App, AutoComplete, Descriptions, Form, Input, Select } from 'antd';
import { useEffect, useState } from 'react';

import { read, write } from '#/api/client';
import { useDeed } from '#/api/stale';
import { connectionsQuery } from '#/features/connection/shared';
import { objectQuery, textOf } from '#/features/directory/shared';
import { useTexts } from '#/texts/language';
import { AskForm } from '#/ui/AskForm';
import { Loaded, Unread } from '#/ui/Loaded';

import { memberOf } from './called.ts';
import { matchingTexts } from './texts.ts';

/** What was typed. */
interface Bound {
  readonly connection?: string;
  readonly person?: string;
  readonly key?: string;
  readonly why?: string;
}

/** Whom the directory has, by name, pinyin, account or number. */
function PersonField(props: { value?: string; onChange?: (value: string) => void; id?: string }) {
  const t = useTexts(matchingTexts);
  const [find, setFind] = useState('');
  const found = useQuery({
    ...read('/directory/objects', { query: { kind: 'user', limit: 20, ...(find ? { find } : {}) } }),
    placeholderData: (before) => before,
  });
  const chosen = useQuery({ ...objectQuery(props.value ?? '', false), enabled: props.value !== undefined });
  const options = (found.data?.items ?? []).map((one) => ({
    value: one.id,
    label: ['name', 'username', 'employee_no', 'mobile']
      .map((field) => textOf(one, field))
      .filter((text) => text !== '')
      .join(' · '),
  }));
  const missing = props.value !== undefined && !options.some(({ value }) => value === props.value);
  return (
    <>
      <Select<string>
        {...(props.id ? { id: props.id } : {})}
        showSearch={{ filterOption: false, onSearch: setFind }}
        placeholder={t.findPerson}
        {...(props.value === undefined ? {} : { value: props.value })}
        options={[
          ...(missing ? [{ value: props.value ?? '', label: chosen.data?.label ?? props.value ?? '' }] : []),
          ...options,
        ]}
        onChange={(id) => props.onChange?.(id)}
      />
      <Unread query={found} />
      {chosen.data && (
        <Descriptions
          size="small"
          column={1}
          style={{ marginTop: 8 }}
          items={[
            { key: 'name', label: t.name, children: <span data-value>{chosen.data.label}</span> },
            {
              key: 'departments',
              label: t.departments,
              children: <span data-value>{chosen.data.departments.map(({ path }) => path).join(', ') || '—'}</span>,
            },
            ...(['employee_no', 'mobile'] as const).map((name) => {
              const value: unknown = chosen.data.fields.find((field) => field.name === name)?.value;
              return {
                key: name,
                label: name === 'mobile' ? t.mobile : t.number,
                children: <span data-value>{typeof value === 'string' && value !== '' ? value : '—'}</span>,
              };
            }),
            {
              key: 'links',
              label: t.links,
              children: (
                <span data-value>
                  {chosen.data.links.map(({ connection, key }) => `${connection}: ${key}`).join(', ') || '—'}
                </span>
              ),
            },
          ]}
        />
      )}
    </>
  );
}

/** What was typed, once typing rests. */
function useRested(text: string): string {
  const [rested, setRested] = useState(text);
  useEffect(() => {
    const wait = setTimeout(() => setRested(text), 300);
    return () => clearTimeout(wait);
  }, [text]);
  return rested;
}

/** Who is called so in the system of a connection. */
function usePeople(connection: string | undefined, find: string) {
  const wanted = useRested(find);
  return useQuery({
    ...read('/connections/{id}/people', { path: { id: connection ?? '' }, query: { find: wanted, limit: 20 } }),
    enabled: connection !== undefined && wanted !== '',
    placeholderData: (before) => before,
  });
}

function AccountField(props: {
  connection: string | undefined;
  value?: string;
  onChange?: (value: string) => void;
  id?: string;
}) {
  const t = useTexts(matchingTexts);
  const { value = '' } = props;
  const people = usePeople(props.connection, value.trim());
  const found = value.trim() === '' ? [] : (people.data?.items ?? []);
  const exact = found.find(({ key }) => key === value.trim());
  return (
    <>
      <AutoComplete
        {...(props.id ? { id: props.id } : {})}
        value={value}
        onChange={(text) => props.onChange?.(text)}
        options={found.map((one) => ({
          value: one.key,
          disabled: Boolean(one.linked),
          label: <span data-value>{memberOf(one, t.boundTo)}</span>,
        }))}
        notFoundContent={people.isSuccess && value.trim() !== '' ? t.nobodyThere : null}
      />
      <Unread query={people} />
      {exact && (
        <Alert
          style={{ marginTop: 8 }}
          type={exact.linked ? 'warning' : 'info'}
          title={<span data-value>{memberOf(exact, t.boundTo)}</span>}
        />
      )}
    </>
  );
}

export function BindForm(props: {
  open: boolean;
  connection: string | undefined;
  person: string | undefined;
  account: string | undefined;
  onClose: () => void;
}) {
  const t = useTexts(matchingTexts);
  const { message } = App.useApp();
  const connections = useQuery(connectionsQuery());
  const items = connections.data?.items ?? [];
  const first = props.connection ?? items[0]?.name;
  const [other, setOther] = useState<string>();
  const bind = useDeed(
    (given: Bound) =>
      write('post', '/links/add', {
        body: {
          connection: given.connection ?? '',
          kind: 'user',
          key: given.key?.trim() ?? '',
          to: given.person ?? '',
          ...(given.why ? { why: given.why } : {}),
        },
      }),
    ['link'],
  );
  return (
    <AskForm<Bound>
      title={t.addLink}
      send={t.bind}
      open={props.open}
      instead={connections.data === undefined ? <Loaded query={connections}>{() => null}</Loaded> : undefined}
      initial={{
        ...(first === undefined ? {} : { connection: first }),
        ...(props.person === undefined ? {} : { person: props.person }),
        ...(props.account === undefined ? {} : { key: props.account }),
      }}
      onClose={() => {
        // The next one begins with the first connection again.
        setOther(undefined);
        props.onClose();
      }}
      onSend={async (given) => {
        const { who } = await bind.mutateAsync(given);
        message.success(t.bound(who, given.key?.trim() ?? ''));
      }}
    >
      <Form.Item name="connection" label={t.connection} rules={[{ required: true }]}>
        <Select
          options={items.map(({ name, title }) => ({ value: name, label: <span data-value>{title || name}</span> }))}
          onChange={(name) => setOther(String(name))}
        />
      </Form.Item>
      <Form.Item name="person" label={t.person} rules={[{ required: true, message: t.personNeeded }]}>
        <PersonField />
      </Form.Item>
      <Form.Item
        name="key"
        label={t.account}
        extra={t.accountHelp}
        rules={[{ required: true, whitespace: true, message: t.accountNeeded }]}
      >
        <AccountField connection={other ?? first} />
      </Form.Item>
      <Form.Item name="why" label={t.whyBound}>
        <Input />
      </Form.Item>
    </AskForm>
  );
}

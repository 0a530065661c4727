/** A message is written: to whom, what; it shows who gets it before it is sent, once. */
import { useQuery } from '@tanstack/react-query';
import { Alert, Card, Checkbox, Flex, Form, Input, Radio, Select, TreeSelect, Typography } from 'antd';
import { type ReactNode, useRef, useState } from 'react';
import { Link } from 'react-router';

import { useMay, useMe } from '#/api/session';
import { useDeed } from '#/api/stale';
import { draftName, dropDraft, keepDraft, keptDraft } from '#/base/draft';
import { freshKey } from '#/base/keys';
import { count } from '#/base/number';
import { connectionsQuery } from '#/features/connection/shared';
import { departmentsOf, departmentsQuery, treeOf } from '#/features/directory/shared';
import { useTexts } from '#/texts/language';
import { Deed } from '#/ui/Deed';
import { Loaded } from '#/ui/Loaded';
import { Nothing } from '#/ui/Nothing';
import { useLinks, useTenant } from '#/ui/zone';

import { type Draft, bytesOf, emptyDraft, keyIn, sentOf, wrongWith } from './draft.ts';
import { type Message, peopleQuery, send } from './queries.ts';
import { Receivers, missed } from './Receivers.tsx';
import { messageTexts } from './texts.ts';

type Change = (change: Partial<Draft>) => void;

/** Names of people and departments are data, in every language. */
function dataLabel({ label }: { label?: ReactNode }) {
  return <span data-value>{label}</span>;
}

function dataTitle({ title }: { title: string }) {
  return <span data-value>{title}</span>;
}

/** Whom it is for. */
function To(props: { draft: Draft; change: Change }) {
  const t = useTexts(messageTexts);
  const { draft, change } = props;
  const broadcast = useMay('message:broadcast');
  const [find, setFind] = useState('');
  const people = useQuery({ ...peopleQuery(find), enabled: !draft.everybody, placeholderData: (before) => before });
  const departments = useQuery({ ...departmentsQuery(), enabled: !draft.everybody });
  const names = new Map((departments.data ?? []).map(({ id, name }) => [id, name]));
  return (
    <Form layout="vertical" component="div">
      <Form.Item label={t.to}>
        <Radio.Group
          aria-label={t.to}
          value={draft.everybody}
          onChange={(event) => change({ everybody: event.target.value === true })}
        >
          <Flex vertical gap={8}>
            <Radio value={false}>{t.some}</Radio>
            <Radio value disabled={!broadcast}>
              {t.everybody}
              {!broadcast && <Typography.Text type="secondary"> (message:broadcast)</Typography.Text>}
            </Radio>
          </Flex>
        </Radio.Group>
      </Form.Item>
      {!draft.everybody && (
        <>
          <Form.Item label={t.people} htmlFor="message-people">
            <Select
              id="message-people"
              mode="multiple"
              labelInValue
              placeholder={t.findPeople}
              showSearch={{ filterOption: false, onSearch: setFind }}
              value={draft.people.map(({ id, label }) => ({ value: id, label }))}
              options={(people.data ?? []).map(({ id, name, account, entry }) => {
                const of = departmentsOf(entry, names).join(t.comma);
                const called = account ? `${name} ${account}` : name;
                return { value: id, label: of === '' ? called : `${called} · ${of}` };
              })}
              labelRender={dataLabel}
              optionRender={dataLabel}
              onChange={(chosen: { value: string; label?: unknown }[]) =>
                change({
                  people: chosen.map(({ value, label }) => ({
                    id: value,
                    label:
                      typeof label === 'string' ? label : (draft.people.find(({ id }) => id === value)?.label ?? value),
                  })),
                })
              }
            />
          </Form.Item>
          <Form.Item label={t.departments} htmlFor="message-departments">
            <TreeSelect
              id="message-departments"
              multiple
              allowClear
              treeDefaultExpandedKeys={[]}
              treeData={treeOf(departments.data ?? [])}
              fieldNames={{ label: 'title', value: 'key', children: 'children' }}
              treeTitleRender={dataTitle}
              showSearch={{ treeNodeFilterProp: 'title' }}
              value={[...draft.departments]}
              onChange={(chosen: string[]) => change({ departments: chosen })}
            />
          </Form.Item>
          <Form.Item label={t.tags} htmlFor="message-tags" extra={t.tagsHelp}>
            <Select
              id="message-tags"
              mode="tags"
              open={false}
              suffixIcon={null}
              value={[...draft.tags]}
              onChange={(tags: string[]) => change({ tags })}
            />
          </Form.Item>
        </>
      )}
    </Form>
  );
}

/** What it says. */
function What(props: { draft: Draft; change: Change }) {
  const t = useTexts(messageTexts);
  const { draft, change } = props;
  const input = (field: 'title' | 'description' | 'url', label: string) => (
    <Form.Item label={label} htmlFor={`message-${field}`}>
      <Input
        id={`message-${field}`}
        value={draft[field]}
        onChange={(event) => change({ [field]: event.target.value })}
      />
    </Form.Item>
  );
  return (
    <Form layout="vertical" component="div">
      <Form.Item label={t.form}>
        <Radio.Group
          aria-label={t.form}
          value={draft.form}
          onChange={(event) => change({ form: event.target.value as Draft['form'] })}
          options={[
            { value: 'text', label: t.text },
            { value: 'markdown', label: t.markdown },
            { value: 'card', label: t.card },
          ]}
        />
      </Form.Item>
      {draft.form === 'card' ? (
        <>
          {input('title', t.cardTitle)}
          {input('description', t.description)}
          {input('url', t.url)}
        </>
      ) : (
        <Form.Item label={t.content} htmlFor="message-content" extra={t.bytes(count(bytesOf(draft.content)))}>
          <Input.TextArea
            id="message-content"
            rows={5}
            value={draft.content}
            onChange={(event) => change({ content: event.target.value })}
          />
        </Form.Item>
      )}
    </Form>
  );
}

function isDraft(kept: unknown): kept is Draft {
  return typeof kept === 'object' && kept !== null && Object.keys(emptyDraft).every((field) => field in kept);
}

export function Compose(props: { onSent: (message: Message) => void }) {
  const t = useTexts(messageTexts);
  const links = useLinks();
  const me = useMe();
  const name = draftName(me.actor, useTenant(), 'message');
  const connections = useQuery(connectionsQuery());
  const able = (connections.data?.items ?? []).filter(({ connector }) => connector === 'wecom');
  const [kept] = useState(() => keptDraft(name));
  const [draft, setDraft] = useState<Draft>(isDraft(kept) ? kept : emptyDraft);
  const [seen, setSeen] = useState<Message>();
  const [skip, setSkip] = useState(false);
  // One key for one message: a click that is repeated after a lost answer does not send it twice, also after a reload.
  const key = useRef(keyIn(kept) ?? freshKey());
  // What was chosen once may be gone by now; then it is as where nobody chose.
  const connection = able.some(({ name: of }) => of === draft.connection) ? draft.connection : '';
  const sent = useDeed(() => {
    keepDraft(name, { ...draft, key: key.current });
    return send(sentOf({ ...draft, connection }, { check: false, skip }), key.current);
  }, ['message']);
  const change: Change = (part) => {
    const after = { ...draft, ...part };
    setDraft(after);
    setSeen(undefined);
    setSkip(false);
    key.current = freshKey();
    keepDraft(name, { ...after, key: key.current });
  };
  const wrong = wrongWith(draft);
  const lost = seen ? missed(seen) : [];
  const reach = seen ? seen.total - lost.length : 0;
  const why = wrong
    ? t[wrong]
    : draft.everybody
      ? undefined
      : seen === undefined
        ? t.checkFirst
        : lost.length > 0 && !skip
          ? t.someMissing
          : reach <= 0
            ? t.nobody
            : undefined;
  return (
    <Loaded query={connections}>
      {() => {
        if (able.length === 0) {
          return (
            <Nothing
              title={t.noConnection}
              next={<Link to={links.connections({ add: '1' })}>{t.addConnection}</Link>}
            />
          );
        }
        return (
          <Card>
            <Flex vertical gap={8}>
              {able.length > 1 && (
                <label htmlFor="message-connection">
                  {t.connection}
                  <Select
                    id="message-connection"
                    style={{ display: 'block', maxWidth: 320 }}
                    value={connection || null}
                    allowClear
                    placeholder={t.connectionAny}
                    options={able.map((one) => ({
                      value: one.name,
                      label: <span data-value>{one.title || one.name}</span>,
                    }))}
                    onChange={(chosen: string | undefined) => change({ connection: chosen ?? '' })}
                  />
                </label>
              )}
              <To draft={draft} change={change} />
              <What draft={draft} change={change} />
              {seen && (
                <>
                  <Alert
                    role="status"
                    type={lost.length > 0 ? 'warning' : 'success'}
                    showIcon
                    title={t.checked(reach, seen.total)}
                  />
                  <Receivers message={seen} />
                  {lost.length > 0 && reach > 0 && (
                    <Checkbox checked={skip} onChange={(event) => setSkip(event.target.checked)}>
                      {t.skipUnbound}
                    </Checkbox>
                  )}
                </>
              )}
              <Flex gap={8} wrap>
                {!draft.everybody && (
                  <Deed
                    primary={seen === undefined}
                    permission="message:send"
                    why={wrong && t[wrong]}
                    onDo={async () =>
                      setSeen(await send(sentOf({ ...draft, connection }, { check: true, skip: true }), freshKey()))
                    }
                  >
                    {t.check}
                  </Deed>
                )}
                <Deed
                  primary={seen !== undefined || draft.everybody}
                  permission={draft.everybody ? 'message:broadcast' : 'message:send'}
                  why={why}
                  confirm={draft.everybody ? t.sendAllSure : undefined}
                  done={t.sent}
                  onDo={async () => {
                    const message = await sent.mutateAsync(undefined);
                    dropDraft(name);
                    props.onSent(message);
                  }}
                >
                  {draft.everybody ? t.sendAll : seen ? t.sendTo(count(Math.max(reach, 0))) : t.send}
                </Deed>
              </Flex>
            </Flex>
          </Card>
        );
      }}
    </Loaded>
  );
}

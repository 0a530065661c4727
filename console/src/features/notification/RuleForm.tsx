/** One rule: what it tells of, by which way, in which language, and when it keeps quiet. */
import { useQuery } from '@tanstack/react-query';
import { Button, Checkbox, Drawer, Flex, Form, Input, InputNumber, Radio, Select } from 'antd';
import { useState } from 'react';

import { read } from '#/api/client';
import { fieldErrors, isTaken } from '#/api/problem';
import { useDeed } from '#/api/stale';
import { ownZone, zones } from '#/base/time';
import { common } from '#/texts/common';
import { useLanguage, useSay, useTexts } from '#/texts/language';
import { useHeldForm } from '#/ui/held';
import { Loaded } from '#/ui/Loaded';
import { ProblemView } from '#/ui/ProblemView';
import { useZone } from '#/ui/zone';

import { type Rule, putRule } from './queries.ts';
import { type Form as Fields, blank, formOf, sentOf } from './rule.ts';
import { channels, events, notificationTexts } from './texts.ts';

/** Names that are typed, one after the other. */
function Many(props: { name: keyof Fields; label: string; required?: boolean }) {
  const t = useTexts(notificationTexts);
  return (
    <Form.Item
      name={props.name}
      label={props.label}
      extra={t.typeMany}
      rules={props.required ? [{ required: true, message: t.needed }] : []}
    >
      <Select mode="tags" open={false} suffixIcon={null} tokenSeparators={[',', ' ', ';']} />
    </Form.Item>
  );
}

/** The fields of the chosen way. */
function ChannelFields(props: { kind: string; connections: readonly string[]; known: boolean }) {
  const t = useTexts(notificationTexts);
  if (props.kind === 'mail') return <Many name="mails" label={t.mailTo} required />;
  if (props.kind === 'webhook') {
    return (
      <>
        <Form.Item name="url" label={t.url} extra={t.urlHelp} rules={[{ required: true, message: t.needed }]}>
          <Input type="url" autoComplete="off" />
        </Form.Item>
        {props.known && (
          <Form.Item name="secret" valuePropName="checked">
            <Checkbox>{t.newSecret}</Checkbox>
          </Form.Item>
        )}
      </>
    );
  }
  return (
    <>
      <Form.Item name="connection" label={t.connection} rules={[{ required: true, message: t.needed }]}>
        <Select options={props.connections.map((value) => ({ value, label: <span data-value>{value}</span> }))} />
      </Form.Item>
      <Many name="users" label={t.users} />
      <Many name="departments" label={t.departments} />
      <Many name="tags" label={t.tags} />
    </>
  );
}

function Quiet() {
  const t = useTexts(notificationTexts);
  return (
    <Flex gap={12} wrap>
      <Form.Item name="from" label={t.from}>
        <Input type="time" style={{ width: 130 }} />
      </Form.Item>
      <Form.Item name="to" label={t.to}>
        <Input type="time" style={{ width: 130 }} />
      </Form.Item>
      <Form.Item name="timezone" label={t.zone}>
        <Select style={{ width: 200 }} showSearch options={zones().map((value) => ({ value, label: value }))} />
      </Form.Item>
    </Flex>
  );
}

function Body(props: {
  rule: Rule | undefined;
  taken: readonly string[];
  connections: readonly string[];
  onSaved: (rule: Rule) => void;
}) {
  const t = useTexts(notificationTexts);
  const words = useTexts(common);
  const say = useSay();
  const language = useLanguage();
  const zone = useZone() ?? ownZone();
  const workflows = useQuery(read('/workflows', { query: { limit: 500 } }));
  const { form, opened, first, typed, anew } = useHeldForm<Rule | undefined, Fields>(props.rule, (of) =>
    of ? formOf(of, zone) : blank(language, zone, props.connections[0] ?? '', props.taken),
  );
  const kind = Form.useWatch('kind', form) ?? first.kind ?? 'message';
  const quiet = Form.useWatch('quiet', form) ?? first.quiet;
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const put = useDeed(
    (given: Fields) => putRule(opened?.id ?? given.id, sentOf(given, opened), opened),
    ['notification'],
  );
  const wrong = fieldErrors(error);
  if (isTaken(error) && error.problem) wrong.set('id', error.problem.reason);
  const fault = (field: string) => {
    const reason = wrong.get(field);
    return reason ? ({ validateStatus: 'error', help: say(reason) } as const) : {};
  };
  const save = async (given: Fields) => {
    setBusy(true);
    setError(undefined);
    try {
      props.onSaved(await put.mutateAsync({ ...first, ...given }));
    } catch (refused) {
      setError(refused);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Form<Fields>
      form={form}
      layout="vertical"
      initialValues={first}
      onValuesChange={typed}
      onFinish={(given) => void save(given)}
    >
      {!opened && (
        <Form.Item
          name="id"
          label={t.id}
          extra={t.idHelp}
          rules={[{ required: true, message: t.needed }]}
          {...fault('id')}
        >
          <Input autoComplete="off" />
        </Form.Item>
      )}
      <Form.Item name="name" label={t.name} {...fault('name')}>
        <Input autoComplete="off" />
      </Form.Item>
      <Form.Item name="enabled" valuePropName="checked">
        <Checkbox>{t.enabled}</Checkbox>
      </Form.Item>
      <Form.Item
        name="events"
        label={t.events}
        rules={[{ type: 'array', min: 1, message: t.needed }]}
        {...fault('events')}
      >
        <Checkbox.Group
          options={Object.entries(events).map(([value, text]) => ({ value, label: say(text) }))}
          style={{ display: 'grid', gridTemplateColumns: 'repeat(auto-fill, minmax(180px, 1fr))' }}
        />
      </Form.Item>
      <Form.Item name="workflows" label={t.workflows} {...fault('workflows')}>
        <Select
          mode="multiple"
          placeholder={t.allWorkflows}
          options={(workflows.data?.items ?? []).map(({ id }) => ({ value: id, label: <span data-value>{id}</span> }))}
        />
      </Form.Item>
      <Form.Item name="kind" label={t.channel}>
        <Radio.Group options={Object.entries(channels).map(([value, text]) => ({ value, label: say(text) }))} />
      </Form.Item>
      <ChannelFields kind={kind} connections={props.connections} known={opened?.channel.kind === 'webhook'} />
      <Form.Item name="language" label={t.language}>
        <Radio.Group
          options={[
            { value: 'zh', label: t.chinese },
            { value: 'en', label: t.english },
          ]}
        />
      </Form.Item>
      <Form.Item name="quiet" valuePropName="checked" extra={t.quietHelp}>
        <Checkbox>{t.quiet}</Checkbox>
      </Form.Item>
      {quiet && <Quiet />}
      <Flex gap={12} wrap>
        <Form.Item name="collect" label={t.collect}>
          <InputNumber min={0} max={60} suffix={t.minutes} style={{ width: 140 }} />
        </Form.Item>
        <Form.Item name="expiring" label={t.expiring}>
          <InputNumber min={0} max={168} suffix={t.hours} style={{ width: 180 }} />
        </Form.Item>
      </Flex>
      {error !== undefined && (
        <ProblemView
          error={error}
          onAnew={() => {
            anew();
            setError(undefined);
          }}
        />
      )}
      <Button type="primary" htmlType="submit" loading={busy} style={{ marginTop: 16 }}>
        {words.save}
      </Button>
    </Form>
  );
}

export function RuleForm(props: {
  open: boolean;
  rule: Rule | undefined;
  /** The ids that there are. */
  taken: readonly string[];
  onClose: () => void;
  onSaved: (rule: Rule) => void;
}) {
  const t = useTexts(notificationTexts);
  const connections = useQuery(read('/connections', { query: { limit: 500 } }));
  // Those that can send: WeCom.
  const able = (connections.data?.items ?? []).filter(({ connector }) => connector === 'wecom').map(({ name }) => name);
  return (
    <Drawer
      open={props.open}
      size={560}
      destroyOnHidden
      title={props.rule ? t.editOf(props.rule.name) : t.add}
      onClose={props.onClose}
    >
      <Loaded query={connections}>
        {() => (
          <Body
            key={props.rule?.id ?? ''}
            rule={props.rule}
            taken={props.taken}
            connections={able}
            onSaved={props.onSaved}
          />
        )}
      </Loaded>
    </Drawer>
  );
}

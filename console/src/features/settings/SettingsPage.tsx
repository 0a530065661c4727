/** 设置: how one likes the console, one's password, what the store holds, and what this is. */
import { useQuery } from '@tanstack/react-query';
import { App, Button, Card, Descriptions, Flex, Form, Input, Select, Table, Tabs, Tag, Typography } from 'antd';
import { useState } from 'react';

import { read, write } from '#/api/client';
import { useMay, useMe } from '#/api/session';
import { useDeed } from '#/api/stale';
import { bytes, count } from '#/base/number';
import { zones } from '#/base/time';
import { oneOf, useUrlState } from '#/base/urlstate';
import { useSay, useTexts } from '#/texts/language';
import { permissionWords } from '#/texts/permissions';
import { Deed } from '#/ui/Deed';
import { Loaded } from '#/ui/Loaded';
import { Moment } from '#/ui/Moment';
import { Page } from '#/ui/Page';
import { usePreferences } from '#/ui/preferences';
import { ProblemView } from '#/ui/ProblemView';

import { Oidc } from './Oidc.tsx';
import { settingsTexts, storeClasses } from './texts.ts';

const codec = { tab: oneOf(['mine', 'oidc', 'store', 'about'], 'mine') };

function Password() {
  const t = useTexts(settingsTexts);
  const { message } = App.useApp();
  const [form] = Form.useForm<{ old_password?: string; password: string }>();
  const [error, setError] = useState<unknown>();
  const changed = useDeed(
    (given: { old_password?: string; password: string }) =>
      write('post', '/session/password', {
        body: { password: given.password, ...(given.old_password ? { old_password: given.old_password } : {}) },
      }),
    ['session'],
  );
  const send = async (given: { old_password?: string; password: string }) => {
    setError(undefined);
    try {
      await changed.mutateAsync(given);
      form.resetFields();
      message.success(t.passwordDone);
    } catch (wrong) {
      setError(wrong);
    }
  };
  return (
    <Card size="small" title={<h2 className="part">{t.password}</h2>}>
      <Form form={form} layout="vertical" style={{ maxWidth: 360 }} onFinish={(given) => void send(given)}>
        <Form.Item name="old_password" label={t.oldPassword}>
          <Input type="password" autoComplete="current-password" />
        </Form.Item>
        <Form.Item name="password" label={t.newPassword} rules={[{ required: true, message: t.needPassword }]}>
          <Input type="password" autoComplete="new-password" />
        </Form.Item>
        {error !== undefined && <ProblemView error={error} />}
        <Button htmlType="submit" loading={changed.isPending} style={{ marginTop: 8 }}>
          {t.password}
        </Button>
      </Form>
    </Card>
  );
}

function Mine() {
  const t = useTexts(settingsTexts);
  const say = useSay();
  const me = useMe();
  const { preferences, change } = usePreferences();
  return (
    <Flex vertical gap={16}>
      <Card size="small" title={<h2 className="part">{t.account}</h2>}>
        <Descriptions
          size="small"
          column={1}
          items={[{ key: 'who', label: t.who, children: <span data-value>{me.account?.display ?? me.actor}</span> }]}
        />
        <Typography.Paragraph type="secondary" style={{ marginBottom: 4 }}>
          {t.permissions}
        </Typography.Paragraph>
        <Flex gap={4} wrap>
          {me.permissions.map((permission) => (
            <Tag key={permission} title={permission}>
              {say(permissionWords[permission])}
            </Tag>
          ))}
        </Flex>
      </Card>
      <Card size="small" title={<h2 className="part">{t.look}</h2>}>
        <Flex vertical gap={12} style={{ maxWidth: 360 }}>
          <label>
            {t.language}
            <Select
              style={{ width: '100%' }}
              aria-label={t.language}
              value={preferences.language}
              options={[
                { value: 'zh' as const, label: t.chinese },
                { value: 'en' as const, label: t.english },
              ]}
              onChange={(language) => change({ language })}
            />
          </label>
          <label>
            {t.theme}
            <Select
              style={{ width: '100%' }}
              aria-label={t.theme}
              value={preferences.theme}
              options={(['system', 'light', 'dark'] as const).map((value) => ({ value, label: t[value] }))}
              onChange={(theme) => change({ theme })}
            />
          </label>
          <label>
            {t.zone}
            <Select
              style={{ width: '100%' }}
              aria-label={t.zone}
              showSearch
              value={preferences.zone ?? ''}
              options={[{ value: '', label: t.zoneBrowser }, ...zones().map((value) => ({ value, label: value }))]}
              onChange={(zone) => change({ zone })}
            />
          </label>
        </Flex>
      </Card>
      {me.account && <Password />}
    </Flex>
  );
}

function Store() {
  const t = useTexts(settingsTexts);
  const say = useSay();
  const sizes = useQuery(read('/store/sizes'));
  const pruned = useDeed(() => write('post', '/store/prune', { body: {} }), ['store', 'run']);
  return (
    <Loaded query={sizes}>
      {(data) => (
        <Flex vertical gap={16}>
          <Card size="small">
            <Descriptions
              size="small"
              column={{ xs: 1, sm: 2, lg: 4 }}
              items={[
                { key: 'disk', label: t.onDisk, children: bytes(data.on_disk) },
                { key: 'live', label: t.live, children: bytes(data.live) },
                { key: 'free', label: t.free, children: data.disk?.free == null ? '—' : bytes(data.disk.free) },
                { key: 'pruned', label: t.pruned, children: <Moment time={data.pruned} relative /> },
              ]}
            />
          </Card>
          <Table
            aria-label={t.tabStore}
            size="small"
            pagination={false}
            style={{ maxWidth: 560 }}
            rowKey={({ class: name }) => name}
            dataSource={data.classes.toSorted((a, b) => b.bytes - a.bytes)}
            columns={[
              { title: t.what, key: 'class', render: (_, { class: name }) => say(storeClasses[name]) || name },
              {
                title: t.entries,
                key: 'entries',
                align: 'right',
                render: (_, { entries }) => <span className="number">{count(entries)}</span>,
              },
              {
                title: t.bytes,
                key: 'bytes',
                align: 'right',
                render: (_, { bytes: size }) => <span className="number">{bytes(size)}</span>,
              },
            ]}
          />
          <div>
            <Deed
              danger
              permission="store:manage"
              confirm={t.pruneSure}
              done={t.pruneDone}
              onDo={() => pruned.mutateAsync(undefined)}
            >
              {t.prune}
            </Deed>
          </div>
        </Flex>
      )}
    </Loaded>
  );
}

function About() {
  const t = useTexts(settingsTexts);
  return (
    <Card>
      <Flex vertical gap={8}>
        <Typography.Text>{t.about}</Typography.Text>
        <a href="/api/openapi.json" target="_blank" rel="noreferrer">
          {t.openapi}
        </a>
        <Typography.Text type="secondary">{t.licence}</Typography.Text>
      </Flex>
    </Card>
  );
}

export function Component() {
  const t = useTexts(settingsTexts);
  const [state, change] = useUrlState(codec);
  const store = useMay('store:view');
  const manages = useMay('tenant:manage');
  return (
    <Page title={t.settings}>
      <Tabs
        activeKey={state.tab}
        destroyOnHidden
        onChange={(tab) => change({ tab: codec.tab.read(tab) ?? 'mine' })}
        items={[
          { key: 'mine', label: t.tabMine, children: <Mine /> },
          ...(manages ? [{ key: 'oidc', label: t.tabOidc, children: <Oidc /> }] : []),
          ...(store ? [{ key: 'store', label: t.tabStore, children: <Store /> }] : []),
          { key: 'about', label: t.tabAbout, children: <About /> },
        ]}
      />
    </Page>
  );
}

/** The rules: who is told of what, whether that works, and a try. */
import { useQuery } from '@tanstack/react-query';
import { Alert, App, Button, Flex, Modal, Table, Tag, Typography } from 'antd';
import { useState } from 'react';

import { useMay } from '#/api/session';
import { useDeed } from '#/api/stale';
import { count } from '#/base/number';
import { useSay, useTexts } from '#/texts/language';
import type { Look } from '#/texts/states';
import { cards } from '#/ui/cards';
import { CopyLine } from '#/ui/CopyLine';
import { Deed } from '#/ui/Deed';
import { Loaded } from '#/ui/Loaded';
import { Moment } from '#/ui/Moment';
import { Nothing } from '#/ui/Nothing';
import { IssueText } from '#/ui/ProblemView';
import { StateTag } from '#/ui/StateTag';

import { type Rule, removeRule, rulesQuery, tryRule } from './queries.ts';
import { targetOf } from './rule.ts';
import { RuleForm } from './RuleForm.tsx';
import { channels, deliveryStates, events, notificationTexts } from './texts.ts';

const uses: Record<string, Look> = {
  on: { ...notificationTexts.enabled, tone: 'good' },
  off: { ...notificationTexts.disabled, tone: 'quiet' },
};

function Deeds(props: {
  rule: Rule;
  onEdit: () => void;
  onTrial: (trial: Awaited<ReturnType<typeof tryRule>>) => void;
}) {
  const { rule } = props;
  const t = useTexts(notificationTexts);
  const { message } = App.useApp();
  const tried = useDeed(() => tryRule(rule.id), ['notification']);
  const removed = useDeed(() => removeRule(rule.id), ['notification']);
  return (
    <Flex gap={8}>
      <Deed
        size="small"
        permission="connection:edit"
        onDo={async () => {
          const trial = await tried.mutateAsync(undefined);
          if (trial.delivered) message.success(t.tested);
          props.onTrial(trial);
        }}
      >
        {t.test}
      </Deed>
      <Deed size="small" permission="connection:edit" onDo={() => Promise.resolve(props.onEdit())}>
        {t.edit}
      </Deed>
      <Deed
        size="small"
        danger
        permission="connection:edit"
        confirm={t.removeSure(rule.name)}
        done={t.removed}
        onDo={() => removed.mutateAsync(undefined)}
      >
        {t.remove}
      </Deed>
    </Flex>
  );
}

export function Rules(props: { open: string; onOpen: (rule: string) => void }) {
  const t = useTexts(notificationTexts);
  const say = useSay();
  const may = useMay('connection:edit');
  const { message } = App.useApp();
  const rules = useQuery(rulesQuery());
  const [secret, setSecret] = useState<string>();
  const [trial, setTrial] = useState<Awaited<ReturnType<typeof tryRule>>>();
  // As it was seen last: somebody else may remove it, and the form over it stays with what was typed.
  const there = rules.data?.items.find(({ id }) => id === props.open);
  const [last, setLast] = useState<Rule>();
  if (there !== undefined && there !== last) setLast(there);
  const edited = there ?? (last?.id === props.open ? last : undefined);
  const add = may && (
    <Button type="primary" onClick={() => props.onOpen('new')}>
      {t.add}
    </Button>
  );
  return (
    <Loaded query={rules}>
      {({ items }) => (
        <Flex vertical gap={12}>
          {items.length > 0 && <div>{add}</div>}
          {trial && !trial.delivered && (
            <Alert
              type="error"
              showIcon
              role="alert"
              title={t.testFailed}
              description={trial.problem ? <IssueText issue={trial.problem} /> : undefined}
            />
          )}
          <Table<Rule>
            className="cards"
            aria-label={t.tabRules}
            size="small"
            pagination={false}
            scroll={{ x: 'max-content' }}
            rowKey="id"
            dataSource={items}
            locale={{ emptyText: <Nothing title={t.none} next={add} /> }}
            columns={cards<Rule>([
              {
                title: t.name,
                key: 'name',
                render: (_, rule) => (
                  <Flex gap={8} align="center">
                    <strong data-value>{rule.name}</strong>
                    <StateTag state={rule.enabled ? 'on' : 'off'} of={uses} />
                  </Flex>
                ),
              },
              {
                title: t.events,
                key: 'events',
                render: (_, rule) => (
                  <Flex gap={4} wrap className="say">
                    {rule.events.map((event) => (
                      <Tag key={event}>{say(events[event])}</Tag>
                    ))}
                  </Flex>
                ),
              },
              {
                title: t.channel,
                key: 'channel',
                render: (_, { channel }) => (
                  <div className="say">
                    {say(channels[channel.kind])}{' '}
                    <Typography.Text type="secondary" data-value>
                      {targetOf(channel)}
                    </Typography.Text>
                  </div>
                ),
              },
              {
                title: t.newest,
                key: 'newest',
                render: (_, { newest, waiting }) => (
                  <Flex gap={4} align="center" wrap>
                    {newest ? (
                      <>
                        <StateTag state={newest.state} of={deliveryStates} /> <Moment time={newest.created} relative />
                      </>
                    ) : (
                      <Typography.Text type="secondary">{t.never}</Typography.Text>
                    )}
                    {waiting > 0 && <Tag>{t.waiting(count(waiting))}</Tag>}
                  </Flex>
                ),
              },
              {
                title: '',
                key: 'deeds',
                render: (_, rule) => <Deeds rule={rule} onEdit={() => props.onOpen(rule.id)} onTrial={setTrial} />,
              },
            ])}
          />
          <RuleForm
            open={props.open === 'new' || edited !== undefined}
            rule={edited}
            taken={items.map(({ id }) => id)}
            onClose={() => props.onOpen('')}
            onSaved={(rule) => {
              message.success(t.saved);
              setSecret(rule.secret ?? undefined);
              props.onOpen('');
            }}
          />
          <Modal open={secret !== undefined} title={t.secretTitle} footer={null} onCancel={() => setSecret(undefined)}>
            <Flex vertical gap={8}>
              {t.secretText}
              <CopyLine value={secret ?? ''} label={t.secretTitle} />
            </Flex>
          </Modal>
        </Flex>
      )}
    </Loaded>
  );
}

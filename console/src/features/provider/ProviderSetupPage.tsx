/** 服务商: the service provider of the installation: what it is set up with, and where commands arrive. */
import { StopOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Card, Descriptions, Flex, Modal, Typography } from 'antd';
import { useState } from 'react';

import { fieldErrors } from '#/api/problem';
import { useDeed } from '#/api/stale';
import { common } from '#/texts/common';
import { useSay, useTexts } from '#/texts/language';
import { CopyLine } from '#/ui/CopyLine';
import { Deed } from '#/ui/Deed';
import { Loaded } from '#/ui/Loaded';
import { Moment } from '#/ui/Moment';
import { Page } from '#/ui/Page';
import { useOpened } from '#/ui/opened';
import { IssueText } from '#/ui/ProblemView';
import { type Given, changed, nothingGiven, over, since, wellShaped } from '#/ui/schema';
import { SchemaForm } from '#/ui/SchemaForm';

import { type Provider, type Receiver, newKeys, providerQuery, removeProvider, setProvider } from './queries.ts';
import { grants, providerTexts } from './texts.ts';

/** Whose provider: the one system that has them. */
const connector = 'wecom';

function When(props: { time: string | null | undefined }) {
  const t = useTexts(providerTexts);
  return props.time ? <Moment time={props.time} relative /> : <span>{t.never}</span>;
}

function Line(props: { receiver: Receiver; onKeys: (made: Receiver) => void }) {
  const { receiver } = props;
  const t = useTexts(providerTexts);
  const say = useSay();
  const made = useDeed(() => newKeys(connector, receiver.grant), ['provider']);
  return (
    <Card
      size="small"
      title={say(grants[receiver.grant])}
      extra={
        <Deed
          size="small"
          permission="tenant:manage"
          confirm={t.newKeysSure}
          onDo={async () => props.onKeys(await made.mutateAsync(undefined))}
        >
          {t.newKeys}
        </Deed>
      }
    >
      <Typography.Paragraph>{say(receiver.doc)}</Typography.Paragraph>
      {t.address} <CopyLine value={`${location.origin}${receiver.url}`} label={t.address} />
      <Descriptions
        size="small"
        column={{ xs: 1, md: 2 }}
        items={[
          { key: 'ticket', label: t.ticket, children: <When time={receiver.last_ticket} /> },
          { key: 'command', label: t.command, children: <When time={receiver.last_command} /> },
          {
            key: 'refused',
            label: t.refused,
            children: receiver.last_refused ? (
              <span>
                <Moment time={receiver.last_refused.at} relative /> {say(receiver.last_refused.why.reason)}
              </span>
            ) : (
              t.never
            ),
          },
        ]}
      />
    </Card>
  );
}

function Body(props: { provider: Provider }) {
  const { provider } = props;
  const t = useTexts(providerTexts);
  const words = useTexts(common);
  const say = useSay();
  const [typed, setTyped] = useState<Given>(nothingGiven);
  const [strict, setStrict] = useState(false);
  const [error, setError] = useState<unknown>();
  const [made, setMade] = useState<readonly Receiver[]>([]);
  const editing = Object.keys(typed.settings).length > 0 || Object.keys(typed.secrets).length > 0;
  const { opened, anew, saved } = useOpened(provider, editing);
  const put = useDeed(
    (body: Parameters<typeof setProvider>[1]) => setProvider(connector, body, opened.etag),
    ['provider'],
  );
  const removed = useDeed(() => removeProvider(connector), ['provider']);
  const given = over(opened.settings, typed);
  const save = async () => {
    setStrict(true);
    setError(undefined);
    if (!wellShaped(provider.asked, given, new Set(provider.secrets.map(({ name }) => name)))) return;
    try {
      const after = await put.mutateAsync(changed(typed, opened.settings));
      setMade(after.receivers.filter(({ keys }) => keys));
      // What was typed meanwhile goes on from what was saved.
      saved(after);
      setTyped((now) => since(now, typed));
      setStrict(false);
    } catch (wrong) {
      setError(wrong);
      throw wrong;
    }
  };
  return (
    <Flex vertical gap={16}>
      <Card>
        <SchemaForm
          settings={provider.asked}
          typed={typed}
          saved={opened.settings}
          secrets={provider.secrets}
          wrong={fieldErrors(error)}
          strict={strict}
          onChange={setTyped}
        />
        <Flex gap={8} wrap>
          <Deed primary permission="tenant:manage" onDo={save} onAnew={anew}>
            {words.save}
          </Deed>
          {provider.ready && (
            <Deed
              danger
              permission="tenant:manage"
              confirm={t.removeSure}
              done={t.done}
              onDo={() => removed.mutateAsync(undefined)}
            >
              {t.remove}
            </Deed>
          )}
        </Flex>
      </Card>
      {provider.receivers.length > 0 && (
        <section>
          <Typography.Title level={2} className="part">
            {t.receivers}
          </Typography.Title>
          <Flex vertical gap={12}>
            {provider.receivers.map((receiver) => (
              <Line key={receiver.grant} receiver={receiver} onKeys={(one) => setMade([one])} />
            ))}
          </Flex>
        </section>
      )}
      {provider.strays.length > 0 && (
        <section>
          <Typography.Title level={2} className="part">
            {t.strays}
          </Typography.Title>
          {provider.strays.map((stray) => (
            <div key={stray.at}>
              <Moment time={stray.at} /> <span data-value>{stray.company}</span>
              <IssueText issue={stray.error} />
            </div>
          ))}
        </section>
      )}
      {provider.unsupported.length > 0 && (
        <Card size="small" title={<h2 className="part">{t.unsupported}</h2>}>
          <ul className="plain">
            {provider.unsupported.map(({ name, what, why }) => (
              <li key={name}>
                <StopOutlined aria-hidden />
                <strong>{say(what)}</strong>
                <Typography.Text type="secondary">{say(why)}</Typography.Text>
              </li>
            ))}
          </ul>
        </Card>
      )}
      <Modal open={made.length > 0} title={t.keysTitle} footer={null} onCancel={() => setMade([])}>
        {made.map((receiver) => (
          <section key={receiver.grant}>
            <Typography.Text strong>{say(grants[receiver.grant])}</Typography.Text>
            {Object.entries(receiver.keys ?? {}).map(([name, value]) => (
              <div key={name}>
                <span data-value>{name}</span>
                <br />
                <CopyLine value={value} label={name} />
              </div>
            ))}
          </section>
        ))}
      </Modal>
    </Flex>
  );
}

export function Component() {
  const t = useTexts(providerTexts);
  const provider = useQuery(providerQuery(connector));
  return (
    <Page title={t.provider}>
      <Typography.Text type="secondary">{t.about}</Typography.Text>
      <Loaded query={provider}>{(data) => <Body provider={data} />}</Loaded>
    </Page>
  );
}

/** 服务商代开发授权: how far is a company with authorising a provider's app, and what is next? */
import { StopOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Alert, Card, Descriptions, Flex, Form, Input, Table, Typography } from 'antd';
import { useState } from 'react';
import { Link, useParams } from 'react-router';

import { useDeed } from '#/api/stale';
import { useSay, useTexts } from '#/texts/language';
import { cards } from '#/ui/cards';
import { GoTo } from '#/ui/GoTo';
import { AskForm } from '#/ui/AskForm';
import { Deed } from '#/ui/Deed';
import { Loaded } from '#/ui/Loaded';
import { Moment } from '#/ui/Moment';
import { Nothing } from '#/ui/Nothing';
import { Page } from '#/ui/Page';
import { IssueText } from '#/ui/ProblemView';
import { StateTag } from '#/ui/StateTag';
import { useLinks } from '#/ui/zone';

import { Invitation } from './Invitation.tsx';
import { type Grant, type Way, invite, release, say as sayIt, wayQuery } from './queries.ts';
import { moves, providerTexts, stages } from './texts.ts';

const said = ['app_built', 'online', 'contacts_granted', 'expired'] as const;
type Said = (typeof said)[number];

function Deeds(props: { way: Way }) {
  const { way } = props;
  const t = useTexts(providerTexts);
  const [saying, setSaying] = useState<Said>();
  const invited = useDeed((grant: Grant) => invite(way.connection, grant), ['provider']);
  const released = useDeed(() => release(way.connection), ['provider']);
  const told = useDeed((given: { stage: Said; auth_code?: string }) => sayIt(way.connection, given), ['provider']);
  const may = (verb: Way['allowed'][number]) => way.allowed.includes(verb);
  return (
    <Flex gap={8} wrap>
      {may('invite_app') && (
        <Deed primary permission="connection:edit" onDo={() => invited.mutateAsync('app')}>
          {t.inviteApp}
        </Deed>
      )}
      {may('invite_contacts') && (
        <Deed primary permission="connection:edit" onDo={() => invited.mutateAsync('contacts')}>
          {t.inviteContacts}
        </Deed>
      )}
      {said
        .filter((stage) => may(`say_${stage}`))
        .map((stage) => (
          <Deed
            key={stage}
            permission="connection:edit"
            confirm={stage === 'online' || stage === 'expired' ? t.sayAbout : undefined}
            done={stage === 'online' || stage === 'expired' ? t.done : undefined}
            onDo={async () => {
              if (stage === 'online' || stage === 'expired') await told.mutateAsync({ stage });
              else setSaying(stage);
            }}
          >
            {t[`say_${stage}`]}
          </Deed>
        ))}
      {may('release') && (
        <Deed
          danger
          permission="connection:edit"
          confirm={t.releaseSure}
          done={t.done}
          onDo={() => released.mutateAsync(undefined)}
        >
          {t.release}
        </Deed>
      )}
      <AskForm<{ auth_code?: string }>
        title={saying ? t[`say_${saying}`] : ''}
        send={saying ? t[`say_${saying}`] : ''}
        open={saying !== undefined}
        onClose={() => setSaying(undefined)}
        onSend={async ({ auth_code: code }) => {
          if (saying) await told.mutateAsync({ stage: saying, ...(code?.trim() ? { auth_code: code.trim() } : {}) });
        }}
      >
        <Typography.Paragraph type="secondary">{t.sayAbout}</Typography.Paragraph>
        <Form.Item name="auth_code" label={t.authCode}>
          <Input autoComplete="off" />
        </Form.Item>
      </AskForm>
    </Flex>
  );
}

function Body(props: { way: Way }) {
  const { way } = props;
  const t = useTexts(providerTexts);
  const say = useSay();
  return (
    <Flex vertical gap={16}>
      <Card
        title={
          <Flex gap={8} align="center" wrap>
            {t.next}
            <StateTag state={way.stage} of={stages} />
          </Flex>
        }
      >
        <Flex vertical gap={12}>
          <Typography.Text strong>{say(way.next)}</Typography.Text>
          {way.error && <IssueText issue={way.error} />}
          {way.links.map((link) => (
            <Invitation key={link.grant} link={link} />
          ))}
          <Deeds way={way} />
          {(way.company || way.contacts_until) && (
            <Descriptions
              size="small"
              column={{ xs: 1, md: 2 }}
              items={[
                ...(way.company
                  ? [{ key: 'company', label: t.company, children: <span data-value>{way.company}</span> }]
                  : []),
                ...(way.contacts_until
                  ? [
                      {
                        key: 'until',
                        label: t.until,
                        children: (
                          <span>
                            <Moment time={way.contacts_until} /> {way.contacts_confirmed ? `(${t.confirmed})` : ''}
                          </span>
                        ),
                      },
                    ]
                  : []),
              ]}
            />
          )}
        </Flex>
      </Card>
      <section>
        <Typography.Title level={2} className="part">
          {t.history}
        </Typography.Title>
        <Table
          aria-label={t.history}
          className="cards"
          size="small"
          pagination={false}
          scroll={{ x: 'max-content' }}
          rowKey={({ at, stage }) => `${at} ${stage}`}
          dataSource={way.steps}
          locale={{ emptyText: <Nothing title={t.nothingYet} /> }}
          columns={cards<Way['steps'][number]>([
            { title: t.stage, key: 'stage', render: (_, { title }) => say(title) },
            { title: t.when, key: 'at', render: (_, { at }) => <Moment time={at} /> },
            { title: t.how, key: 'how', render: (_, { how }) => say(moves[how]) },
            { title: t.by, key: 'by', render: (_, { by }) => <span data-value>{by}</span> },
          ])}
        />
      </section>
      <section>
        <Typography.Title level={2} className="part">
          {t.release}
        </Typography.Title>
        <Typography.Paragraph>{say(way.release)}</Typography.Paragraph>
        {way.unsupported.length > 0 && (
          <>
            <Typography.Title level={2} className="part">
              {t.unsupported}
            </Typography.Title>
            <ul className="plain">
              {way.unsupported.map(({ name, what, why }) => (
                <li key={name}>
                  <StopOutlined aria-hidden />
                  <strong>{say(what)}</strong>
                  <Typography.Text type="secondary">{say(why)}</Typography.Text>
                </li>
              ))}
            </ul>
          </>
        )}
      </section>
    </Flex>
  );
}

export function Component() {
  const t = useTexts(providerTexts);
  const links = useLinks();
  const { id = '' } = useParams();
  const way = useQuery(wayQuery(id));
  return (
    <Page title={t.title(id)} deeds={<GoTo to={links.connection(id)}>{t.connection}</GoTo>}>
      <Loaded query={way}>
        {(data) => {
          if (!data.by_provider) return <Alert type="info" showIcon title={t.notThisWay} />;
          return (
            <>
              {!data.provider_ready && (
                <Alert
                  type="warning"
                  showIcon
                  title={t.notReady}
                  description={<Link to={links.providers()}>{t.setUp}</Link>}
                />
              )}
              <Body way={data} />
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}

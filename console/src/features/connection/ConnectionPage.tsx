/** One connection: can it be used, what is set, which workflows need it? Secrets are replaced, never shown. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Card, Descriptions, Flex, Table, Typography } from 'antd';
import { useRef, useState } from 'react';
import { Link, useNavigate, useParams } from 'react-router';

import { fieldErrors } from '#/api/problem';
import { useDeed } from '#/api/stale';
import { common } from '#/texts/common';
import { useSay, useTexts } from '#/texts/language';
import { workflowStates } from '#/texts/states';
import { cards } from '#/ui/cards';
import { GoTo } from '#/ui/GoTo';
import { Deed } from '#/ui/Deed';
import { Loaded } from '#/ui/Loaded';
import { Moment } from '#/ui/Moment';
import { Nothing } from '#/ui/Nothing';
import { useOpened } from '#/ui/opened';
import { Page } from '#/ui/Page';
import { IssueText } from '#/ui/ProblemView';
import { SchemaForm } from '#/ui/SchemaForm';
import { type Given, changed, nothingGiven, over, since, wellShaped } from '#/ui/schema';
import { StateTag } from '#/ui/StateTag';
import { useLinks } from '#/ui/zone';

import { ConnectionState } from './ConnectionState.tsx';
import {
  type Connection,
  type Connector,
  type TestReport,
  changeConnection,
  connectionQuery,
  connectorsQuery,
  removeConnection,
  testConnection,
  trySettings,
} from './queries.ts';
import { TestReportView } from './TestReportView.tsx';
import { connectionTexts } from './texts.ts';

/** What stands in the form of a connection, and what of it differs from what is saved. */
function formOf(connection: Connection, typed: Given) {
  const given = over(connection.settings, typed);
  const change = changed(typed, connection.settings);
  const dirty = Object.keys(change.settings).length > 0 || Object.keys(typed.secrets).length > 0;
  return { given, change, dirty };
}

function Settings(props: {
  /** As it was when typing began: what others do meanwhile is told, and not overwritten. */
  connection: Connection;
  connector: Connector;
  typed: Given;
  onTyped: (typed: Given) => void;
  onAnew: () => void;
  /** This much of what was typed was saved. */
  onKept: (sent: Given) => void;
  /** It was saved: what is known of the old settings says nothing any more. */
  onSaved: () => Promise<void>;
}) {
  const { connection, connector, typed } = props;
  const t = useTexts(connectionTexts);
  const words = useTexts(common);
  const { message } = App.useApp();
  const [strict, setStrict] = useState(false);
  const [error, setError] = useState<unknown>();
  const save = useDeed(
    (body: Parameters<typeof changeConnection>[1]) => changeConnection(connection.name, body, connection.etag ?? ''),
    ['connection'],
  );
  const { given, change, dirty } = formOf(connection, typed);
  const keep = async () => {
    setStrict(true);
    setError(undefined);
    if (!wellShaped(connector.settings, given, new Set(connection.secrets))) return;
    try {
      await save.mutateAsync(change);
      props.onKept(typed);
      setStrict(false);
      message.success(t.saved);
    } catch (wrong) {
      setError(wrong);
      throw wrong;
    }
    await props.onSaved();
  };
  return (
    <Card title={t.edit}>
      <Typography.Paragraph type="secondary">{t.identity}</Typography.Paragraph>
      <SchemaForm
        settings={connector.settings}
        typed={typed}
        saved={connection.settings}
        secrets={connection.secrets_set ?? []}
        wrong={fieldErrors(error)}
        strict={strict}
        onChange={props.onTyped}
      />
      <Flex gap={12} align="center" wrap>
        <Deed primary permission="connection:edit" why={dirty ? undefined : t.saved} onDo={keep} onAnew={props.onAnew}>
          {words.save}
        </Deed>
        {dirty && <Typography.Text type="warning">{t.unsaved}</Typography.Text>}
      </Flex>
    </Card>
  );
}

function Uses(props: { connection: Connection }) {
  const t = useTexts(connectionTexts);
  const say = useSay();
  const links = useLinks();
  const uses = props.connection.uses ?? [];
  return (
    <Card title={t.uses}>
      {uses.length === 0 ? (
        <Nothing title={t.noUses} next={<Link to={links.templates()}>{t.toTemplates}</Link>} small />
      ) : (
        <Table
          aria-label={t.uses}
          className="cards"
          size="small"
          pagination={false}
          scroll={{ x: 'max-content' }}
          rowKey="workflow"
          dataSource={uses}
          columns={cards<(typeof uses)[number]>([
            {
              title: t.uses,
              key: 'workflow',
              render: (_, use) => (
                <Link to={links.workflow(use.workflow)} data-value>
                  {use.name ? say(use.name) : use.workflow}
                </Link>
              ),
            },
            { title: t.state, key: 'state', render: (_, use) => <StateTag state={use.state} of={workflowStates} /> },
            {
              title: t.steps,
              key: 'steps',
              render: (_, use) => <span data-value>{use.steps.join(', ')}</span>,
            },
          ])}
        />
      )}
    </Card>
  );
}

function Facts(props: { connection: Connection; system: string }) {
  const t = useTexts(connectionTexts);
  const { connection } = props;
  return (
    <Card>
      <Descriptions
        size="small"
        column={{ xs: 1, md: 2 }}
        items={[
          { key: 'name', label: t.name, children: <Typography.Text code>{connection.name}</Typography.Text> },
          { key: 'system', label: t.system, children: props.system },
          { key: 'tested', label: t.tested, children: <Moment time={connection.tested?.at} relative /> },
          { key: 'changed', label: t.changed, children: <Moment time={connection.changed} relative /> },
          ...(connection.sick
            ? [{ key: 'rests', label: t.rests, children: <Moment time={connection.sick.rests_until} /> }]
            : []),
        ]}
      />
      {connection.sick && <IssueText issue={connection.sick.error} />}
    </Card>
  );
}

export function Component() {
  const { id = '' } = useParams();
  return <One key={id} id={id} />;
}

function One(props: { id: string }) {
  const { id } = props;
  const t = useTexts(connectionTexts);
  const say = useSay();
  const links = useLinks();
  const navigate = useNavigate();
  const client = useQueryClient();
  const connection = useQuery(connectionQuery(id));
  const connectors = useQuery(connectorsQuery());
  const [typed, setTyped] = useState<Given>(nothingGiven);
  const editing = Object.keys(typed.settings).length > 0 || Object.keys(typed.secrets).length > 0;
  const { opened, anew, saved } = useOpened(connection.data, editing);
  const [found, setFound] = useState<{ report: TestReport; unsaved: boolean }>();
  // Raised by typing: a test that was underway then was of other values, and says nothing of these.
  const stand = useRef(0);
  const test = async (of: () => Promise<TestReport>, unsaved: boolean) => {
    const begun = stand.current;
    const report = await of();
    if (stand.current === begun) setFound({ report, unsaved });
  };
  const tested = useDeed(() => testConnection(id), ['connection']);
  const removed = useDeed(() => removeConnection(id), ['connection']);
  return (
    <Page
      title={connection.data?.title || id}
      tag={connection.data && <ConnectionState connection={connection.data} />}
      deeds={
        <>
          {connection.data?.settings['auth_mode'] === 'provider' && <GoTo to={links.provider(id)}>{t.provider}</GoTo>}
          <GoTo to={links.integration(id)}>{t.integration}</GoTo>
          <Deed
            primary
            permission="connection:edit"
            onDo={async () => {
              const now = opened;
              const { change, dirty } = now ? formOf(now, typed) : { change: undefined, dirty: false };
              // What one sees is what is tested, whether it is saved or not.
              await test(
                () =>
                  now && dirty
                    ? trySettings(now.connector, { connection: now.name, ...change })
                    : tested.mutateAsync(undefined),
                dirty,
              );
            }}
          >
            {t.test}
          </Deed>
          <Deed
            danger
            permission="connection:edit"
            confirm={t.removeSure(id)}
            done={t.removed}
            onDo={async () => {
              await removed.mutateAsync(undefined);
              await navigate(links.connections());
            }}
          >
            {t.remove}
          </Deed>
        </>
      }
    >
      {found && (
        <TestReportView
          report={found.report}
          unsaved={found.unsaved}
          settings={connectors.data?.items.find((other) => other.connector === connection.data?.connector)?.settings}
        />
      )}
      <Loaded query={connection}>
        {(one) => (
          <Loaded query={connectors}>
            {({ items }) => {
              const connector = items.find((other) => other.connector === one.connector);
              return (
                <Flex vertical gap={16}>
                  <Facts connection={one} system={connector ? say(connector.title) : one.connector} />
                  <Uses connection={one} />
                  {connector && (
                    <Settings
                      connection={opened ?? one}
                      connector={connector}
                      typed={typed}
                      onAnew={anew}
                      onTyped={(after) => {
                        stand.current += 1;
                        setTyped(after);
                        setFound(undefined);
                      }}
                      onKept={(sent) => {
                        stand.current += 1;
                        // It has been read anew by now: what is typed since goes on from that.
                        saved(client.getQueryData(connectionQuery(id).queryKey));
                        setTyped((now) => since(now, sent));
                        setFound(undefined);
                      }}
                      onSaved={() => test(() => tested.mutateAsync(undefined), false)}
                    />
                  )}
                </Flex>
              );
            }}
          </Loaded>
        )}
      </Loaded>
    </Page>
  );
}

/** 会话: who is signed in, where, and since when? */
import { Flex, type TableProps, Tag } from 'antd';

import type { components } from '#/api/contract';
import { usePages } from '#/api/pages';
import { useDeed } from '#/api/stale';
import { text, useUrlState } from '#/base/urlstate';
import { useTexts } from '#/texts/language';
import { Deed } from '#/ui/Deed';
import { ListTable } from '#/ui/ListTable';
import { Moment } from '#/ui/Moment';
import { Page } from '#/ui/Page';

import { browserOf } from './browser.ts';
import { endSession } from './queries.ts';
import { accountTexts } from './texts.ts';

type Session = components['schemas']['Session'];
const codec = { account: text() };

export function Component() {
  const t = useTexts(accountTexts);
  const [state] = useUrlState(codec);
  const pages = usePages('/sessions', { query: state.account ? { account: state.account } : {} }, { size: 100 });
  const ended = useDeed(endSession, ['session']);
  const columns: NonNullable<TableProps<Session>['columns']> = [
    {
      title: t.account,
      key: 'account',
      render: (_, session) => (
        <Flex gap={8}>
          <span data-value>{session.account}</span>
          {session.current && <Tag color="processing">{t.current}</Tag>}
        </Flex>
      ),
    },
    { title: t.address, key: 'address', render: (_, { address }) => <span data-value>{address}</span> },
    {
      title: t.browser,
      key: 'agent',
      render: (_, { agent }) => (
        <div className="cell" style={{ maxWidth: 360 }} title={agent} data-value>
          {browserOf(agent) ?? agent}
        </div>
      ),
    },
    { title: t.seen, key: 'seen', render: (_, { seen }) => <Moment time={seen} relative /> },
    { title: t.created, key: 'created', render: (_, { created }) => <Moment time={created} /> },
    { title: t.expires, key: 'expires', render: (_, { expires }) => <Moment time={expires} /> },
    {
      title: '',
      key: 'end',
      render: (_, session) =>
        session.current ? null : (
          <Deed
            size="small"
            danger
            permission="account:self"
            confirm={t.endSure}
            done={t.done}
            onDo={() => ended.mutateAsync(session.id)}
          >
            {t.endSession}
          </Deed>
        ),
    },
  ];
  return (
    <Page title={t.sessions}>
      <ListTable label={t.sessions} pages={pages} columns={columns} rowKey={({ id }) => id} nothing={t.noSessions} />
    </Page>
  );
}

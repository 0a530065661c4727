/** 模拟器: a simulated WeCom to try workflows on, what it was asked, and what goes wrong in it. */
import { useQuery } from '@tanstack/react-query';
import { Card, Descriptions, Flex, Radio, Table, Tag, Typography } from 'antd';
import { useState } from 'react';
import { Link } from 'react-router';

import { useDeed } from '#/api/stale';
import { count } from '#/base/number';
import { useTexts } from '#/texts/language';
import { GoTo } from '#/ui/GoTo';
import { cards } from '#/ui/cards';
import { Deed } from '#/ui/Deed';
import { Loaded } from '#/ui/Loaded';
import { Moment } from '#/ui/Moment';
import { Nothing } from '#/ui/Nothing';
import { Page } from '#/ui/Page';
import { useLinks } from '#/ui/zone';

import { Faults } from './Faults.tsx';
import { type Call, type Playground, playgroundQuery, startPlayground, stopPlayground } from './queries.ts';
import { playgroundTexts } from './texts.ts';

const sizes = [0, 100, 1_000, 5_000];

/** How it begins. */
function Start(props: { again?: boolean }) {
  const t = useTexts(playgroundTexts);
  const [people, setPeople] = useState(0);
  const started = useDeed(startPlayground, ['playground']);
  return (
    <Flex vertical gap={12} align="start">
      <Radio.Group aria-label={t.holds} value={people} onChange={(event) => setPeople(Number(event.target.value))}>
        <Flex vertical gap={8}>
          {sizes.map((size) => (
            <Radio key={size} value={size}>
              {size === 0 ? t.empty : t.sample(count(size))}
            </Radio>
          ))}
        </Flex>
      </Radio.Group>
      <Deed
        primary={!props.again}
        permission="tenant:setup"
        confirm={props.again ? t.resetSure : undefined}
        done={t.started}
        onDo={() => started.mutateAsync(people)}
      >
        {props.again ? t.reset : t.start}
      </Deed>
    </Flex>
  );
}

function Facts(props: { playground: Playground }) {
  const t = useTexts(playgroundTexts);
  const links = useLinks();
  const { playground: shown } = props;
  const number = (of: 'departments' | 'people' | 'calls' | 'writes') => ({
    key: of,
    label: t[of],
    children: <span className="number">{count(shown[of])}</span>,
  });
  return (
    <Descriptions
      size="small"
      column={{ xs: 1, md: 3 }}
      items={[
        {
          key: 'connection',
          label: t.connection,
          children: (
            <Link to={links.connection(shown.connection)} data-value>
              {shown.connection}
            </Link>
          ),
        },
        { key: 'since', label: t.since, children: <Moment time={shown.started} relative /> },
        number('departments'),
        number('people'),
        number('calls'),
        number('writes'),
      ]}
    />
  );
}

function Seen(props: { calls: readonly Call[] }) {
  const t = useTexts(playgroundTexts);
  return (
    <section>
      <Typography.Title level={2} className="part">
        {t.seen}
      </Typography.Title>
      {props.calls.length > 0 && (
        <Typography.Paragraph type="secondary">{t.countSeen(props.calls.length)}</Typography.Paragraph>
      )}
      <Table<Call>
        aria-label={t.seen}
        className="cards"
        size="small"
        pagination={false}
        scroll={{ x: 'max-content', y: 480 }}
        rowKey="seq"
        dataSource={[...props.calls]}
        locale={{ emptyText: <Nothing title={t.noCalls} /> }}
        columns={cards<Call>([
          { title: t.time, key: 'at', render: (_, { at }) => <Moment time={at} /> },
          { title: t.path, key: 'path', render: (_, { path }) => <code data-value>{path}</code> },
          { title: t.about2, key: 'about', render: (_, { about }) => <span data-value>{about ?? '—'}</span> },
          {
            title: t.answer,
            key: 'answer',
            render: (_, { errcode, spoilt }) => (
              <Flex gap={4} align="center">
                {errcode == null ? t.silent : errcode === 0 ? t.fine : <code data-value>{errcode}</code>}
                {spoilt && <Tag color="warning">{t.spoilt}</Tag>}
              </Flex>
            ),
          },
        ])}
      />
    </section>
  );
}

export function Component() {
  const t = useTexts(playgroundTexts);
  const links = useLinks();
  const playground = useQuery(playgroundQuery());
  const stopped = useDeed(stopPlayground, ['playground']);
  const running = playground.data?.running ?? false;
  return (
    <Page
      title={t.playground}
      deeds={
        running && (
          <>
            <GoTo to={links.templates()}>{t.tryTemplate}</GoTo>
            <Deed
              danger
              permission="tenant:setup"
              confirm={t.stopSure}
              done={t.stopped}
              onDo={() => stopped.mutateAsync(undefined)}
            >
              {t.stop}
            </Deed>
          </>
        )
      }
    >
      <Typography.Text type="secondary">{t.about}</Typography.Text>
      <Loaded query={playground}>
        {(data) =>
          data.running ? (
            <Flex vertical gap={16}>
              <Card size="small">
                <Facts playground={data} />
              </Card>
              <Faults key={data.started ?? ''} playground={data} />
              <Seen calls={data.seen} />
              <Start again />
            </Flex>
          ) : (
            <Card>
              <Flex vertical gap={16}>
                <Typography.Text strong>{t.off}</Typography.Text>
                <Start />
              </Flex>
            </Card>
          )
        }
      </Loaded>
    </Page>
  );
}

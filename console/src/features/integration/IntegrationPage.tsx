/** 对接信息: what has to be entered in the other system's console, and has it arrived? */
import { LinkOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Alert, Card, Flex, Table, Typography } from 'antd';
import { useState } from 'react';
import { Link, useParams } from 'react-router';

import { useDeed } from '#/api/stale';
import { type TestReport, TestReportView, testConnection } from '#/features/connection/shared';
import { useTexts } from '#/texts/language';
import { CopyLine } from '#/ui/CopyLine';
import { Deed } from '#/ui/Deed';
import { Loaded } from '#/ui/Loaded';
import { Page } from '#/ui/Page';
import { useLinks } from '#/ui/zone';

import { Callbacks } from './Callbacks.tsx';
import { connectionQuery } from './queries.ts';
import { integrationTexts } from './texts.ts';

/** The page at which administrators of WeCom sign in. */
const administration = 'https://work.weixin.qq.com/wework_admin/loginpage_wx';

/** The values that follow from the address of this installation. */
function Values() {
  const t = useTexts(integrationTexts);
  const links = useLinks();
  const rows = [
    { what: t.trusted, value: location.host, where: t.trustedAt },
    { what: t.back, value: location.host, where: t.backAt },
    { what: t.home, value: `${location.origin}${links.overview()}`, where: t.homeAt },
  ];
  const open = location.protocol === 'https:' && !/^[\d.]+$|^\[/.test(location.hostname);
  return (
    <Card title={<h2 className="part">{t.values}</h2>}>
      <Flex vertical gap={12}>
        {!open && <Alert type="warning" showIcon title={t.notPublic(location.origin)} />}
        <Table
          aria-label={t.values}
          size="small"
          pagination={false}
          scroll={{ x: 'max-content' }}
          rowKey="what"
          dataSource={rows}
          columns={[
            { title: t.what, key: 'what', render: (_, { what }) => <strong>{what}</strong> },
            { title: t.value, key: 'value', render: (_, { value, what }) => <CopyLine value={value} label={what} /> },
            {
              title: t.where,
              key: 'where',
              render: (_, { where }) => <div className="say">{where}</div>,
            },
          ]}
        />
        <Typography.Link href={administration} target="_blank" rel="noreferrer" underline>
          <LinkOutlined aria-hidden /> {t.open}
        </Typography.Link>
      </Flex>
    </Card>
  );
}

export function Component() {
  const t = useTexts(integrationTexts);
  const links = useLinks();
  const { id = '' } = useParams();
  const connection = useQuery(connectionQuery(id));
  const [report, setReport] = useState<TestReport>();
  const tested = useDeed(() => testConnection(id), ['connection']);
  return (
    <Page
      title={t.title(connection.data?.title || id)}
      deeds={
        <>
          <Deed
            primary
            permission="connection:edit"
            onDo={async () => {
              setReport(await tested.mutateAsync(undefined));
            }}
          >
            {t.check}
          </Deed>
          <Link to={links.connection(id)}>{t.setup}</Link>
        </>
      }
    >
      <Typography.Text type="secondary">{t.lead}</Typography.Text>
      {report && <TestReportView report={report} />}
      <Loaded query={connection}>
        {(one) => (
          <Flex vertical gap={16}>
            {one.connector === 'wecom' && <Values />}
            <h2 className="part">{t.callbacks}</h2>
            <Callbacks connection={one.name} />
          </Flex>
        )}
      </Loaded>
    </Page>
  );
}

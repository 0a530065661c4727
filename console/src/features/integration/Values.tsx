/** What has to be entered in the other system, with its place there and whether it stands there. */
import { LinkOutlined } from '@ant-design/icons';
import { Alert, Flex, Table, Typography } from 'antd';

import { useSay, useTexts } from '#/texts/language';
import { cards } from '#/ui/cards';
import { CopyLine } from '#/ui/CopyLine';
import { Nothing } from '#/ui/Nothing';
import { StateTag } from '#/ui/StateTag';

import type { Integration, Value } from './queries.ts';
import { integrationTexts, valueStates } from './texts.ts';

export function Values(props: { integration: Integration }) {
  const t = useTexts(integrationTexts);
  const say = useSay();
  const { values, public_url: address } = props.integration;
  return (
    <Flex vertical gap={12}>
      <Typography.Text type="secondary">{t.lead}</Typography.Text>
      {!address && <Alert type="warning" showIcon title={t.notPublic} />}
      <Table<Value>
        aria-label={t.tabValues}
        className="cards"
        size="small"
        pagination={false}
        scroll={{ x: 'max-content' }}
        rowKey="name"
        dataSource={values}
        locale={{ emptyText: <Nothing title={t.noValues} /> }}
        columns={cards<Value>([
          {
            title: t.what,
            key: 'what',
            render: (_, { title, state, value }) => (
              <Flex vertical gap={4} align="start">
                <strong>{say(title)}</strong>
                {value && <StateTag state={state} of={valueStates} />}
              </Flex>
            ),
          },
          {
            title: t.value,
            key: 'value',
            render: (_, { value, there, title, state }) => (
              <div className="say">
                {value ? (
                  <CopyLine value={value} label={say(title)} />
                ) : (
                  <Typography.Text type="secondary">{t.unknownYet}</Typography.Text>
                )}
                {there && state === 'different' && (
                  <div>
                    <Typography.Text type="warning" data-value>
                      {t.there(there)}
                    </Typography.Text>
                  </div>
                )}
              </div>
            ),
          },
          {
            title: t.where,
            key: 'where',
            render: (_, { find, link }) => (
              <div className="say">
                {say(find)}{' '}
                {link && (
                  <Typography.Link href={link} target="_blank" rel="noreferrer" underline className="icon-link">
                    <LinkOutlined aria-hidden />
                    <span>{t.open}</span>
                  </Typography.Link>
                )}
              </div>
            ),
          },
        ])}
      />
    </Flex>
  );
}

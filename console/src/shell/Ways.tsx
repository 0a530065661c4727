/**
 * Which other ways to sign in are there? By WeCom, with a code to scan, and by OpenID Connect. Inside WeCom's own client the one
 * way there is is taken by itself, once.
 */
import { QrcodeOutlined, SafetyCertificateOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Button, Divider, Flex, Typography } from 'antd';
import { useEffect } from 'react';

import { wentBefore } from '#/base/silent';
import { useTexts } from '#/texts/language';

import { type Way, othersOf, startOf, waysQuery } from './queries.ts';
import { shellTexts } from './texts.ts';

const inWecom = /wxwork/i.test(navigator.userAgent);

function Name(props: { way: Way }) {
  const t = useTexts(shellTexts);
  const { kind, title } = props.way;
  if (kind === 'wecom') {
    return (
      <>
        {inWecom ? t.byWecom : t.scanWecom}
        {title && <span data-value> · {title}</span>}
      </>
    );
  }
  return title ? <span data-value>{title}</span> : <>{t.byOidc}</>;
}

/** `over`: the form stands over a page that is to stay; the other system then opens in a tab of its own. */
export function Ways(props: { over?: boolean }) {
  const t = useTexts(shellTexts);
  const { over = false } = props;
  const ways = useQuery(waysQuery());
  const others = othersOf(ways.data);
  const wecom = others.filter(({ kind }) => kind === 'wecom');
  const silent = inWecom && !over && wecom.length === 1 ? wecom[0] : undefined;
  useEffect(() => {
    if (silent && !wentBefore()) location.assign(startOf(silent));
  }, [silent]);
  if (others.length === 0) return null;
  return (
    <>
      <Divider plain>{t.otherWays}</Divider>
      <Flex vertical gap={8}>
        {others.map((way) => (
          <Button
            key={way.start}
            block
            href={startOf(way)}
            icon={way.kind === 'wecom' ? <QrcodeOutlined /> : <SafetyCertificateOutlined />}
            {...(over ? { target: '_blank', rel: 'noreferrer' } : {})}
          >
            <Name way={way} />
          </Button>
        ))}
        {over && <Typography.Text type="secondary">{t.otherTab}</Typography.Text>}
      </Flex>
    </>
  );
}

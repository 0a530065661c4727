/** A link by which a company authorises, as a code that its administrator scans. */
import { Flex, QRCode, Typography } from 'antd';

import type { components } from '#/api/contract';
import { useTexts } from '#/texts/language';
import { CopyLine } from '#/ui/CopyLine';
import { Moment } from '#/ui/Moment';

import { providerTexts } from './texts.ts';

export function Invitation(props: { link: components['schemas']['ProviderLink'] }) {
  const t = useTexts(providerTexts);
  const { link } = props;
  return (
    <Flex gap={16} wrap align="start">
      {link.url && (
        <div role="img" aria-label={t.code}>
          <div aria-hidden>
            <QRCode type="svg" value={link.url} size={200} color="#000000" bgColor="#ffffff" />
          </div>
        </div>
      )}
      <Flex vertical gap={8} style={{ maxWidth: 420 }}>
        <Typography.Text strong>{link.grant === 'app' ? t.scanApp : t.scanContacts}</Typography.Text>
        <span>
          {t.goodUntil} <Moment time={link.until} /> · <span data-value>{link.by}</span>
        </span>
        {link.url ? <CopyLine value={link.url} label={t.link} /> : t.hiddenLink}
      </Flex>
    </Flex>
  );
}

/** 登录与授权: where members sign in and open the console, and who gave what only they can give. */
import { useQuery } from '@tanstack/react-query';
import { Alert, Descriptions, Flex, Select, Typography } from 'antd';
import { useState } from 'react';

import { useDeed } from '#/api/stale';
import { count } from '#/base/number';
import { useTexts } from '#/texts/language';
import { CopyLine } from '#/ui/CopyLine';
import { Deed } from '#/ui/Deed';
import { Loaded } from '#/ui/Loaded';
import { useLinks } from '#/ui/zone';

import { consentQuery, inviteConsent } from './queries.ts';
import { integrationTexts } from './texts.ts';

/** WeCom's own pages about it. */
const pages = {
  sso: 'https://developer.work.weixin.qq.com/document/path/98151',
  oauth: 'https://developer.work.weixin.qq.com/document/path/91022',
  sensitive: 'https://developer.work.weixin.qq.com/document/path/95833',
};

/** The pages that an entry of the workbench may lead to. */
const entries = ['overview', 'runs', 'approvals', 'removals', 'people'] as const;

/** Addresses that sign in: at the door, and as an entry of WeCom's workbench that leads to a page. */
function SignIn(props: { connection: string; origin: string }) {
  const t = useTexts(integrationTexts);
  const links = useLinks();
  const consent = useQuery(consentQuery(props.connection));
  const [entry, setEntry] = useState<(typeof entries)[number]>('overview');
  const start = consent.data?.start.split('?')[0];
  if (start === undefined) return null;
  const address = `${props.origin}${start}`;
  return (
    <Flex vertical gap={12}>
      <Typography.Text type="secondary">{t.signInAbout}</Typography.Text>
      <div>
        {t.signInStart}
        <div>
          <CopyLine value={address} label={t.signInStart} />
        </div>
      </div>
      <div>
        {t.workbench}{' '}
        <Select
          size="small"
          aria-label={t.workbenchPage}
          value={entry}
          onChange={setEntry}
          popupMatchSelectWidth={false}
          options={entries.map((value) => ({ value, label: t[value] }))}
        />
        <div>
          <CopyLine
            value={`${address}?${new URLSearchParams({ to: links[entry]() }).toString()}`}
            label={t.workbench}
          />
        </div>
      </div>
      <Flex gap={16} wrap>
        <Typography.Link href={pages.sso} target="_blank" rel="noreferrer" underline>
          {t.ssoPage}
        </Typography.Link>
        <Typography.Link href={pages.oauth} target="_blank" rel="noreferrer" underline>
          {t.oauthPage}
        </Typography.Link>
        <Typography.Link href={pages.sensitive} target="_blank" rel="noreferrer" underline>
          {t.sensitivePage}
        </Typography.Link>
      </Flex>
    </Flex>
  );
}

export function Consent(props: { connection: string; origin: string | null | undefined }) {
  const t = useTexts(integrationTexts);
  const consent = useQuery(consentQuery(props.connection));
  const [seen, setSeen] = useState<number>();
  const invited = useDeed((only: boolean) => inviteConsent(props.connection, only), ['consent']);
  return (
    <Flex vertical gap={16}>
      <SignIn connection={props.connection} origin={props.origin || location.origin} />
      <Typography.Title level={2} className="part">
        {t.consent}
      </Typography.Title>
      <Typography.Text type="secondary">{t.consentAbout}</Typography.Text>
      <Loaded query={consent} rows={3}>
        {(data) => (
          <>
            <Descriptions
              size="small"
              bordered
              column={{ xs: 1, md: 5 }}
              layout="vertical"
              items={(['invited', 'gave', 'gave_nothing', 'waiting', 'conflicts'] as const).map((name) => ({
                key: name,
                label: t[name],
                children: <span className="number">{count(data[name])}</span>,
              }))}
            />
            <div>
              {t.consentStart}
              <div>
                <CopyLine value={`${props.origin || location.origin}${data.start}`} label={t.consentStart} />
              </div>
            </div>
          </>
        )}
      </Loaded>
      {seen !== undefined && <Alert role="status" type="info" showIcon title={t.consentWould(count(seen))} />}
      <Flex gap={8} wrap>
        <Deed
          primary={seen === undefined}
          permission="message:send"
          onDo={async () => setSeen((await invited.mutateAsync(true)).receivers)}
        >
          {t.consentCheck}
        </Deed>
        {seen !== undefined && seen > 0 && (
          <Deed
            primary
            permission="message:send"
            confirm={t.consentSure(count(seen))}
            done={t.consentSent}
            onDo={async () => {
              await invited.mutateAsync(false);
              setSeen(undefined);
            }}
          >
            {t.consentInvite(count(seen))}
          </Deed>
        )}
      </Flex>
    </Flex>
  );
}

/** The mail server by which mails are sent, and a try of it. */
import { useQuery } from '@tanstack/react-query';
import { Alert, Card, Flex, Form, Input, InputNumber, Select } from 'antd';
import { useState } from 'react';

import { useDeed } from '#/api/stale';
import { useSay, useTexts } from '#/texts/language';
import { Deed } from '#/ui/Deed';
import { useHeldForm } from '#/ui/held';
import { HeldForm } from '#/ui/HeldForm';
import { Loaded } from '#/ui/Loaded';
import { IssueText } from '#/ui/ProblemView';

import { sentMail, standing } from './mail.ts';
import { type Mail, type PutMail, mailQuery, putMail, tryMail } from './queries.ts';
import { notificationTexts, securities } from './texts.ts';

function Body(props: { mail: Mail }) {
  const { mail } = props;
  const t = useTexts(notificationTexts);
  const say = useSay();
  const [trial, setTrial] = useState<Awaited<ReturnType<typeof tryMail>>>();
  const [to, setTo] = useState('');
  const held = useHeldForm<Mail, PutMail>(mail, standing);
  const put = useDeed((body: PutMail) => putMail(body, held.opened.etag), ['notification']);
  return (
    <Flex vertical gap={16}>
      {!mail.configured && <Alert type="info" showIcon title={t.noMail} />}
      <Card>
        <HeldForm
          held={held}
          style={{ maxWidth: 480 }}
          onSave={(given) => put.mutateAsync(sentMail(given, held.opened))}
          done={t.saved}
        >
          <Form.Item name="host" label={t.host} rules={[{ required: true, message: t.needed }]}>
            <Input autoComplete="off" />
          </Form.Item>
          <Form.Item name="security" label={t.security}>
            <Select options={Object.entries(securities).map(([value, text]) => ({ value, label: say(text) }))} />
          </Form.Item>
          <Form.Item name="port" label={t.port}>
            <InputNumber min={1} max={65_535} />
          </Form.Item>
          <Form.Item name="username" label={t.username}>
            <Input autoComplete="off" />
          </Form.Item>
          <Form.Item name="password" label={t.password} extra={mail.has_password ? t.passwordKept : undefined}>
            <Input type="password" autoComplete="new-password" />
          </Form.Item>
          <Form.Item name="from" label={t.sender} rules={[{ required: true, message: t.needed }]}>
            <Input autoComplete="off" />
          </Form.Item>
        </HeldForm>
      </Card>
      {mail.configured && (
        <Card>
          <Flex vertical gap={12}>
            <Flex gap={8} wrap align="end">
              <label htmlFor="mail-test">
                {t.mailTest}
                <Input
                  id="mail-test"
                  type="email"
                  style={{ display: 'block', width: 280, maxWidth: '100%' }}
                  value={to}
                  onChange={(event) => setTo(event.target.value)}
                />
              </label>
              <Deed
                permission="connection:edit"
                why={to.includes('@') ? undefined : t.needed}
                onDo={async () => setTrial(await tryMail(to.trim()))}
              >
                {t.test}
              </Deed>
            </Flex>
            {trial && (
              <Alert
                role="status"
                type={trial.delivered ? 'success' : 'error'}
                showIcon
                title={trial.delivered ? t.tested : t.testFailed}
                description={trial.problem ? <IssueText issue={trial.problem} /> : undefined}
              />
            )}
          </Flex>
        </Card>
      )}
    </Flex>
  );
}

export function MailForm() {
  const mail = useQuery(mailQuery());
  return <Loaded query={mail}>{(data) => <Body mail={data} />}</Loaded>;
}

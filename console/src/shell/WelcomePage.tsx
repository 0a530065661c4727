/** `/welcome/CODE`: a link that is good once. Looking at the page uses nothing up; the button does. */
import { useQueryClient } from '@tanstack/react-query';
import { App, Button, Form, Input, Typography } from 'antd';
import { useState } from 'react';
import { useNavigate, useParams } from 'react-router';

import { setCsrf } from '#/api/client';
import { fieldErrors } from '#/api/problem';
import { linksOf } from '#/base/links';
import { useSay, useTexts } from '#/texts/language';
import { ProblemView } from '#/ui/ProblemView';

import { DoorPage } from './DoorPage.tsx';
import { redeem } from './queries.ts';
import { shellTexts } from './texts.ts';

export function Component() {
  const t = useTexts(shellTexts);
  const say = useSay();
  const { code = '' } = useParams();
  const navigate = useNavigate();
  const client = useQueryClient();
  const { message } = App.useApp();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const wrong = fieldErrors(error);
  const enter = async (given: { name?: string; password?: string }) => {
    setBusy(true);
    setError(undefined);
    try {
      const name = given.name?.trim();
      const me = await redeem({
        code,
        ...(name ? { name } : {}),
        ...(given.password ? { password: given.password } : {}),
      });
      setCsrf(me.csrf ?? undefined, me.actor);
      client.clear();
      // Who typed no name was given one, and has to know it the next time.
      if (!name) message.info({ content: t.calledYou(me.account?.name ?? me.actor), duration: 20 });
      await navigate(linksOf(me.tenant).overview(), { replace: true });
    } catch (refused) {
      setError(refused);
      setBusy(false);
    }
  };
  const help = (field: string) => {
    const reason = wrong.get(field);
    return reason ? ({ validateStatus: 'error', help: say(reason) } as const) : {};
  };
  return (
    <DoorPage title={t.welcome}>
      <Typography.Paragraph>{t.welcomeText}</Typography.Paragraph>
      <Form layout="vertical" onFinish={(given) => void enter(given)}>
        <Form.Item name="name" label={t.ownName} {...help('name')}>
          <Input autoComplete="username" />
        </Form.Item>
        <Form.Item name="password" label={t.newPassword} extra={t.passwordOptional} {...help('password')}>
          <Input type="password" autoComplete="new-password" />
        </Form.Item>
        {error !== undefined && (
          <div style={{ marginBottom: 16 }}>
            <ProblemView error={error} />
          </div>
        )}
        <Button type="primary" htmlType="submit" block loading={busy}>
          {t.enter}
        </Button>
      </Form>
    </DoorPage>
  );
}

/** Name and password, and the other ways. What is wrong stands beside the button; what was typed stays. */
import { Button, Form, Input, Typography } from 'antd';
import { useState } from 'react';

import type { Me } from '#/api/session';
import { useTexts } from '#/texts/language';
import { ProblemView } from '#/ui/ProblemView';

import { signIn } from './queries.ts';
import { shellTexts } from './texts.ts';
import { Ways } from './Ways.tsx';

export function SignInForm(props: {
  over?: boolean;
  /** Who is expected. */
  name?: string | undefined;
  onSignedIn: (me: Me) => void;
}) {
  const t = useTexts(shellTexts);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const send = async (given: { name: string; password: string }) => {
    setBusy(true);
    setError(undefined);
    try {
      props.onSignedIn(await signIn({ name: given.name.trim(), password: given.password }));
    } catch (wrong) {
      setError(wrong);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Form
      layout="vertical"
      requiredMark={false}
      initialValues={{ name: props.name }}
      onFinish={(given) => void send(given)}
    >
      <Form.Item name="name" label={t.name} rules={[{ required: true, message: t.nameNeeded }]}>
        <Input autoComplete="username" />
      </Form.Item>
      <Form.Item name="password" label={t.password} rules={[{ required: true, message: t.passwordNeeded }]}>
        <Input type="password" autoComplete="current-password" />
      </Form.Item>
      {error !== undefined && (
        <div style={{ marginBottom: 16 }}>
          <ProblemView error={error} />
        </div>
      )}
      <Button type="primary" htmlType="submit" block loading={busy}>
        {t.signIn}
      </Button>
      <Typography.Paragraph type="secondary" style={{ margin: '16px 0 0' }}>
        {t.signInHelp}
      </Typography.Paragraph>
      <Ways over={props.over ?? false} />
    </Form>
  );
}

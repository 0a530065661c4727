/** 单点登录: how do people sign in by OpenID Connect? The provider is asked about itself before anything is kept. */
import { useQuery } from '@tanstack/react-query';
import { Alert, Card, Checkbox, Flex, Form, Input } from 'antd';

import { read, write } from '#/api/client';
import type { components } from '#/api/contract';
import { useDeed } from '#/api/stale';
import { useTexts } from '#/texts/language';
import { CopyLine } from '#/ui/CopyLine';
import { Deed } from '#/ui/Deed';
import { useHeldForm } from '#/ui/held';
import { HeldForm } from '#/ui/HeldForm';
import { Loaded } from '#/ui/Loaded';

import { settingsTexts } from './texts.ts';

type Settings = components['schemas']['OidcSettings'];
type State = components['schemas']['OidcState'];

/** What stands in the fields; a secret is never shown. */
function standing({ settings }: State): Partial<Settings> {
  return {
    issuer: settings?.issuer ?? '',
    client_id: settings?.client_id ?? '',
    client_secret: '',
    title: settings?.title ?? '',
    by_email: settings?.by_email ?? false,
  };
}

function Body(props: { state: State }) {
  const held = useHeldForm<State, Settings>(props.state, standing);
  const { set_up: ready, has_secret: kept, back } = props.state;
  const { settings } = held.opened;
  const t = useTexts(settingsTexts);
  const put = useDeed((body: Settings) => write('put', '/oidc', { body, ifMatch: held.opened.etag }), ['sign_in']);
  const removed = useDeed(() => write('delete', '/oidc'), ['sign_in']);
  const save = ({ client_secret: secret, title, ...rest }: Settings) =>
    put.mutateAsync({
      ...rest,
      title: title?.trim() ?? '',
      ...(settings?.scopes ? { scopes: settings.scopes } : {}),
      ...(secret ? { client_secret: secret } : {}),
    });
  const needed = [{ required: true, message: t.oidcNeeded }];
  return (
    <Card style={{ maxWidth: 720 }}>
      <Flex vertical gap={16}>
        {!ready && <Alert type="info" showIcon title={t.oidcNone} />}
        <div>
          {t.oidcBack}
          <div>
            <CopyLine value={`${location.origin}${back}`} label={t.oidcBack} />
          </div>
        </div>
        <HeldForm
          held={held}
          onSave={save}
          done={t.oidcSaved}
          beside={
            ready && (
              <Deed
                danger
                permission="tenant:manage"
                confirm={t.oidcRemoveSure}
                done={t.oidcRemoved}
                onDo={() => removed.mutateAsync(undefined)}
              >
                {t.oidcRemove}
              </Deed>
            )
          }
        >
          <Form.Item name="issuer" label={t.oidcIssuer} rules={needed}>
            <Input autoComplete="off" placeholder="https://login.example.com" />
          </Form.Item>
          <Form.Item name="client_id" label={t.oidcClient} rules={needed}>
            <Input autoComplete="off" />
          </Form.Item>
          <Form.Item name="client_secret" label={t.oidcSecret} extra={kept ? t.oidcSecretKept : undefined}>
            <Input type="password" autoComplete="new-password" />
          </Form.Item>
          <Form.Item name="title" label={t.oidcTitle} extra={t.oidcTitleHelp}>
            <Input autoComplete="off" />
          </Form.Item>
          <Form.Item name="by_email" valuePropName="checked" extra={t.oidcByEmailHelp}>
            <Checkbox>{t.oidcByEmail}</Checkbox>
          </Form.Item>
        </HeldForm>
      </Flex>
    </Card>
  );
}

export function Oidc() {
  const state = useQuery(read('/oidc'));
  return <Loaded query={state}>{(data) => <Body state={data} />}</Loaded>;
}

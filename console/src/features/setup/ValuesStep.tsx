/** The four values, each with where it is found; the close look says what is wrong with them. */
import { LinkOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Alert, Card, Col, Flex, Row, Spin, Typography } from 'antd';
import { useState } from 'react';

import { read } from '#/api/client';
import { fieldErrors } from '#/api/problem';
import { useDeed } from '#/api/stale';
import { connectorsQuery } from '#/features/connection/shared';
import { Doctor } from '#/features/integration/shared';
import { useTexts } from '#/texts/language';
import { Deed } from '#/ui/Deed';
import { Loaded } from '#/ui/Loaded';
import { ProblemView } from '#/ui/ProblemView';
import { SchemaForm } from '#/ui/SchemaForm';
import { type Given, filled, nothingGiven, over, since, wellShaped } from '#/ui/schema';

import { type Setup, begin } from './queries.ts';
import { stepOf } from './stages.ts';
import { setupTexts } from './texts.ts';

const administration = 'https://work.weixin.qq.com/wework_admin/loginpage_wx';
/** What is asked; all else folds away. */
const four: readonly string[] = ['corp_id', 'agent_id', 'app_secret', 'contacts_secret'];

function Prepare() {
  const t = useTexts(setupTexts);
  return (
    <Card size="small" title={<h2 className="part">{t.before}</h2>}>
      <ol style={{ margin: 0, paddingInlineStart: 20 }}>
        {[t.prepareApp, t.prepareContacts, t.prepareIp].map((line) => (
          <li key={line} style={{ marginBottom: 8 }}>
            {line}
          </li>
        ))}
      </ol>
      <Typography.Link href={administration} target="_blank" rel="noreferrer" underline className="icon-link">
        <LinkOutlined aria-hidden />
        <span>{t.open}</span>
      </Typography.Link>
    </Card>
  );
}

/** What the close look found wrong with the connection that was kept. */
function Looked(props: { connection: string }) {
  const integration = useQuery(read('/connections/{id}/integration', { path: { id: props.connection } }));
  return integration.data?.examined ? <Doctor report={integration.data.examined} /> : null;
}

function Fields(props: { connector: string; setup: Setup }) {
  const { connector, setup } = props;
  const t = useTexts(setupTexts);
  const connectors = useQuery(connectorsQuery());
  const name = setup.current?.connection ?? '';
  const kept = useQuery({
    ...read('/connections/{id}', { path: { id: name } }),
    enabled: stepOf(setup.current, 'connection')?.state === 'done',
  });
  const [typed, setTyped] = useState<Given>(nothingGiven);
  const [strict, setStrict] = useState(false);
  const [error, setError] = useState<unknown>();
  const begun = useDeed((body: Parameters<typeof begin>[1]) => begin(connector, body), ['connection', 'run']);
  const settings = (connectors.data?.items.find((one) => one.connector === connector)?.settings ?? []).map(
    (setting) => ({ ...setting, advanced: !four.includes(setting.name) }),
  );
  const given = over(kept.data?.settings ?? {}, typed);
  const go = async () => {
    setStrict(true);
    setError(undefined);
    if (!wellShaped(settings, given, new Set(kept.data?.secrets))) {
      requestAnimationFrame(() => document.querySelector<HTMLElement>('.ant-input-status-error')?.focus());
      return;
    }
    try {
      await begun.mutateAsync(filled(given));
      // What was kept is not shown again, also in this form; what was typed meanwhile was not kept.
      setTyped((now) => since(now, typed));
      setStrict(false);
    } catch (wrong) {
      setError(wrong);
    }
  };
  const failed = stepOf(setup.current, 'doctor')?.state === 'failed';
  return (
    <Loaded query={connectors}>
      {() => (
        <Flex vertical gap={12}>
          {!setup.may && <Alert type="warning" showIcon title={t.askWho(setup.owners.join(', '))} />}
          {failed && !begun.isPending && <Looked connection={name} />}
          <SchemaForm
            settings={settings}
            typed={typed}
            saved={kept.data?.settings ?? {}}
            secrets={kept.data?.secrets_set ?? []}
            wrong={fieldErrors(error)}
            strict={strict}
            onChange={setTyped}
          />
          {error !== undefined && <ProblemView error={error} />}
          <Flex gap={12} align="center" wrap>
            <Deed primary permission="tenant:setup" onDo={go}>
              {t.next}
            </Deed>
            {begun.isPending && (
              <Flex gap={8} align="center" role="status">
                <Spin size="small" /> {t.checking}
              </Flex>
            )}
          </Flex>
        </Flex>
      )}
    </Loaded>
  );
}

export function ValuesStep(props: { connector: string; setup: Setup }) {
  return (
    <Row gutter={[16, 16]}>
      <Col xs={24} lg={14}>
        <Card>
          <Fields connector={props.connector} setup={props.setup} />
        </Card>
      </Col>
      <Col xs={24} lg={10}>
        <Prepare />
      </Col>
    </Row>
  );
}

/** The four values, each with where it is found; tried before they are kept. */
import { LinkOutlined } from '@ant-design/icons';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, Card, Col, Flex, Row, Spin, Typography } from 'antd';
import { useState } from 'react';

import { fieldErrors } from '#/api/problem';
import { useMay } from '#/api/session';
import { stale } from '#/api/stale';
import {
  type TestReport,
  TestReportView,
  addConnection,
  connectionsQuery,
  connectorsQuery,
  trySettings,
} from '#/features/connection/shared';
import { useTexts } from '#/texts/language';
import { Deed } from '#/ui/Deed';
import { Loaded } from '#/ui/Loaded';
import { ProblemView } from '#/ui/ProblemView';
import { SchemaForm } from '#/ui/SchemaForm';
import { type Given, filled, nothingGiven, wellShaped } from '#/ui/schema';

import { planFirst } from './queries.ts';
import { setupTexts } from './texts.ts';

const administration = 'https://work.weixin.qq.com/wework_admin/loginpage_wx';
const connector = 'wecom';
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
      <Typography.Link href={administration} target="_blank" rel="noreferrer" underline>
        <LinkOutlined aria-hidden /> {t.open}
      </Typography.Link>
    </Card>
  );
}

/** A name for the connection that no other one has. */
function freeName(taken: readonly string[]): string {
  let name = 'wecom_main';
  for (let n = 2; taken.includes(name); n += 1) name = `wecom_main_${n}`;
  return name;
}

export function ValuesStep(props: { onPlan: (connection: string, run: string, report: TestReport) => void }) {
  const t = useTexts(setupTexts);
  const client = useQueryClient();
  const may = useMay('connection:edit');
  const connectors = useQuery(connectorsQuery());
  const connections = useQuery(connectionsQuery());
  const [given, setGiven] = useState<Given>(nothingGiven);
  const [strict, setStrict] = useState(false);
  const [busy, setBusy] = useState(false);
  const [report, setReport] = useState<TestReport>();
  const [error, setError] = useState<unknown>();
  const settings = (connectors.data?.items.find((one) => one.connector === connector)?.settings ?? []).map(
    (setting) => ({
      ...setting,
      advanced: !four.includes(setting.name),
    }),
  );
  const go = async () => {
    setStrict(true);
    setError(undefined);
    setReport(undefined);
    if (!wellShaped(settings, given, new Set())) {
      requestAnimationFrame(() => document.querySelector<HTMLElement>('.ant-input-status-error')?.focus());
      return;
    }
    setBusy(true);
    try {
      const tested = await trySettings(connector, filled(given));
      setReport(tested);
      if (!tested.ok) return;
      const name = freeName((connections.data?.items ?? []).map((one) => one.name));
      await addConnection({ connector, name, ...filled(given), only_new: true });
      const run = await planFirst(name);
      await stale(client, ['connection', 'workflow', 'run']);
      props.onPlan(name, run, tested);
    } catch (wrong) {
      setError(wrong);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Row gutter={[16, 16]}>
      <Col xs={24} lg={14}>
        <Card>
          <Loaded query={connectors}>
            {() => (
              <Flex vertical gap={12}>
                {!may && <Alert type="warning" showIcon title={t.askWho} />}
                <SchemaForm
                  settings={settings}
                  given={given}
                  wrong={fieldErrors(error)}
                  strict={strict}
                  onChange={setGiven}
                />
                {report && <TestReportView report={report} />}
                {error !== undefined && <ProblemView error={error} />}
                <Flex gap={12} align="center" wrap>
                  <Deed primary permission="connection:edit" onDo={go}>
                    {t.next}
                  </Deed>
                  {busy && (
                    <Flex gap={8} align="center" role="status">
                      <Spin size="small" /> {t.checking}
                    </Flex>
                  )}
                </Flex>
              </Flex>
            )}
          </Loaded>
        </Card>
      </Col>
      <Col xs={24} lg={10}>
        <Prepare />
      </Col>
    </Row>
  );
}

/** A new connection: which system, what it asks for, tried before it is kept. Also in place, inside other pages. */
import { useQuery } from '@tanstack/react-query';
import { App, Flex, Form, Input, Select } from 'antd';
import { useState } from 'react';

import { fieldErrors } from '#/api/problem';
import { useDeed } from '#/api/stale';
import { freeName } from '#/base/free';
import { useSay, useTexts } from '#/texts/language';
import { Deed } from '#/ui/Deed';
import { Loaded } from '#/ui/Loaded';
import { ProblemView } from '#/ui/ProblemView';
import { SchemaForm } from '#/ui/SchemaForm';
import { type Given, filled, nothingGiven, wellShaped } from '#/ui/schema';

import {
  type Connection,
  type Connector,
  type TestReport,
  addConnection,
  connectionsQuery,
  connectorsQuery,
  trySettings,
} from './queries.ts';
import { TestReportView } from './TestReportView.tsx';
import { connectionTexts } from './texts.ts';

function Fields(props: {
  connectors: readonly Connector[];
  taken: readonly string[];
  only?: string | undefined;
  name?: string | undefined;
  submit?: string | undefined;
  onAdded: (connection: Connection) => void;
}) {
  const t = useTexts(connectionTexts);
  const say = useSay();
  const { message } = App.useApp();
  const offered = props.connectors.filter(
    ({ connectable, connector }) => connectable && (props.only === undefined || connector === props.only),
  );
  const [chosen, setChosen] = useState(
    props.only ?? (offered.some(({ connector }) => connector === 'wecom') ? 'wecom' : offered[0]?.connector),
  );
  const [name, setName] = useState<string>();
  const [given, setGiven] = useState<Given>(nothingGiven);
  const [strict, setStrict] = useState(false);
  const [report, setReport] = useState<TestReport>();
  const [error, setError] = useState<unknown>();
  const add = useDeed(addConnection, ['connection']);
  const connector = offered.find((one) => one.connector === chosen);
  const used = name ?? freeName(props.name ?? `${chosen}_main`, props.taken);
  const save = async () => {
    if (!connector) return;
    const added = await add.mutateAsync({
      connector: connector.connector,
      name: used,
      ...filled(given),
      only_new: true,
    });
    message.success(t.saved);
    props.onAdded(added);
  };
  const go = async () => {
    if (!connector) return;
    setStrict(true);
    setError(undefined);
    setReport(undefined);
    if (!wellShaped(connector.settings, given, new Set())) {
      requestAnimationFrame(() =>
        document.querySelector<HTMLElement>('[aria-invalid="true"], .ant-input-status-error')?.focus(),
      );
      return;
    }
    try {
      const tested = await trySettings(connector.connector, filled(given));
      setReport(tested);
      if (tested.ok) await save();
    } catch (wrong) {
      setError(wrong);
    }
  };
  const wrong = fieldErrors(error);
  return (
    <Flex vertical gap={12}>
      <Form layout="vertical" component="div">
        {props.only === undefined && (
          <Form.Item label={t.system} htmlFor="connector">
            <Select
              id="connector"
              value={chosen ?? null}
              options={offered.map((one) => ({ value: one.connector, label: say(one.title) }))}
              onChange={(other) => {
                setChosen(other ?? undefined);
                setGiven(nothingGiven);
                setReport(undefined);
              }}
            />
          </Form.Item>
        )}
        <Form.Item
          label={t.name}
          htmlFor="connection-name"
          extra={t.nameHelp}
          {...(wrong.has('name') ? { validateStatus: 'error' as const, help: say(wrong.get('name')) } : {})}
        >
          <Input id="connection-name" value={used} onChange={(event) => setName(event.target.value)} />
        </Form.Item>
      </Form>
      {connector && (
        <SchemaForm settings={connector.settings} typed={given} wrong={wrong} strict={strict} onChange={setGiven} />
      )}
      {report && <TestReportView report={report} settings={connector?.settings} />}
      {error !== undefined && <ProblemView error={error} />}
      <Flex gap={8} wrap>
        <Deed primary permission="connection:edit" onDo={go}>
          {props.submit ?? t.testAndSave}
        </Deed>
        {report?.ok === false && (
          <Deed permission="connection:edit" onDo={save}>
            {t.saveAnyway}
          </Deed>
        )}
      </Flex>
    </Flex>
  );
}

export function ConnectionForm(props: {
  only?: string | undefined;
  name?: string | undefined;
  submit?: string | undefined;
  onAdded: (connection: Connection) => void;
}) {
  const connectors = useQuery(connectorsQuery());
  const connections = useQuery(connectionsQuery());
  return (
    <Loaded query={connectors}>
      {(all) => (
        <Loaded query={connections}>
          {(known) => <Fields {...props} connectors={all.items} taken={known.items.map(({ name }) => name)} />}
        </Loaded>
      )}
    </Loaded>
  );
}

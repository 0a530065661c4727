/** What is to go wrong in the playground: rules for calls, and what its application sees. */
import { DeleteOutlined, PlusOutlined } from '@ant-design/icons';
import { AutoComplete, Button, Card, Flex, InputNumber, Select, Typography } from 'antd';
import { useState } from 'react';

import { useDeed } from '#/api/stale';
import { useSay, useTexts } from '#/texts/language';
import { Deed } from '#/ui/Deed';

import { type Fault, type Playground, type Range, trouble } from './queries.ts';
import { codes, kinds, playgroundTexts, ranges } from './texts.ts';

const paths = ['*', '/cgi-bin/user/*', '/cgi-bin/user/create', '/cgi-bin/user/update', '/cgi-bin/department/*'];
const usual: Fault = { path: '*', kind: 'errcode', errcode: 60_020, percent: 100 };

function Rule(props: { number: number; fault: Fault; onChange: (fault: Fault) => void; onRemove: () => void }) {
  const t = useTexts(playgroundTexts);
  const say = useSay();
  const { fault, number, onChange } = props;
  const named = (label: string) => `${label} ${number}`;
  return (
    <Flex gap={8} wrap align="center">
      <AutoComplete
        aria-label={named(t.path)}
        style={{ width: 220 }}
        value={fault.path}
        options={paths.map((value) => ({ value }))}
        onChange={(path: string) => onChange({ ...fault, path })}
      />
      <Select
        aria-label={named(t.kind)}
        style={{ width: 190 }}
        value={fault.kind}
        options={Object.entries(kinds).map(([value, text]) => ({ value: value as Fault['kind'], label: say(text) }))}
        onChange={(kind) => onChange({ path: fault.path, percent: fault.percent ?? 100, kind })}
      />
      {fault.kind === 'errcode' && (
        <AutoComplete
          aria-label={named(t.errcode)}
          style={{ width: 220 }}
          value={fault.errcode == null ? '' : String(fault.errcode)}
          options={Object.entries(codes).map(([value, text]) => ({ value, label: `${value} ${say(text)}` }))}
          onChange={(text: string) => onChange({ ...fault, errcode: /^-?\d{1,9}$/.test(text) ? Number(text) : null })}
        />
      )}
      {fault.kind === 'delay' && (
        <InputNumber
          aria-label={named(t.delay)}
          min={1}
          max={60_000}
          precision={0}
          value={fault.delay_ms ?? null}
          onChange={(ms) => onChange({ ...fault, delay_ms: ms })}
        />
      )}
      <InputNumber
        aria-label={named(t.percent)}
        min={1}
        max={100}
        precision={0}
        suffix="%"
        value={fault.percent ?? 100}
        onChange={(percent) => onChange({ ...fault, percent: percent ?? 100 })}
      />
      <Button type="text" icon={<DeleteOutlined />} aria-label={named(t.remove)} onClick={props.onRemove} />
    </Flex>
  );
}

export function Faults(props: { playground: Playground }) {
  const t = useTexts(playgroundTexts);
  const say = useSay();
  const [faults, setFaults] = useState<readonly Fault[]>(props.playground.faults);
  const [range, setRange] = useState<Range>(props.playground.range);
  const set = useDeed(trouble, ['playground']);
  const replace = (place: number, fault: Fault) => setFaults(faults.with(place, fault));
  return (
    <Card size="small" title={t.trouble}>
      <Flex vertical gap={12} align="start">
        {faults.length === 0 && <Typography.Text type="secondary">{t.noFaults}</Typography.Text>}
        {faults.map((fault, place) => (
          <Rule
            // oxlint-disable-next-line react/no-array-index-key -- rules have no name but their place
            key={place}
            number={place + 1}
            fault={fault}
            onChange={(changed) => replace(place, changed)}
            onRemove={() => setFaults(faults.toSpliced(place, 1))}
          />
        ))}
        <Button icon={<PlusOutlined />} onClick={() => setFaults([...faults, usual])}>
          {t.addFault}
        </Button>
        <label htmlFor="playground-range">
          {t.range}{' '}
          <Select
            id="playground-range"
            aria-label={t.range}
            style={{ width: 180 }}
            value={range}
            options={Object.entries(ranges).map(([value, text]) => ({ value: value as Range, label: say(text) }))}
            onChange={setRange}
          />
        </label>
        <Deed
          primary
          permission="tenant:setup"
          done={t.applied}
          onDo={() => set.mutateAsync({ faults: [...faults], range })}
        >
          {t.apply}
        </Deed>
      </Flex>
    </Card>
  );
}

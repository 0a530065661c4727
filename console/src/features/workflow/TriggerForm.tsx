/** What starts a workflow, as a form: its schedules. What else starts it is said, and written in the text. */
import { DeleteOutlined, PlusOutlined } from '@ant-design/icons';
import { Button, Flex, Form, Segmented, Select, Tag, Typography } from 'antd';
import { useState } from 'react';

import type { components } from '#/api/contract';
import { ownZone, zones } from '#/base/time';
import { useSay, useTexts } from '#/texts/language';
import { dailyCron, dailyTime, scheduleWords } from '#/texts/schedule';
import { triggerKinds } from '#/texts/states';

import type { TextEdit } from './queries.ts';
import { type Scheduled, addSchedule, changeSchedule, removeSchedule, schedulesIn } from './rules.ts';
import { workflowTexts } from './texts.ts';
import { Typed } from './Typed.tsx';

type Node = components['schemas']['GraphNode'];

function Schedule(props: {
  /** From 1, as people count. */
  no: number;
  schedule: Scheduled;
  busy: boolean;
  onChange: (to: { cron?: string; timezone?: string }) => void;
  onRemove: () => void;
}) {
  const t = useTexts(workflowTexts);
  const say = useSay();
  const { no, schedule, busy, onChange } = props;
  const { cron } = schedule;
  // Without a zone it runs by UTC.
  const timezone = schedule.timezone || 'UTC';
  const daily = dailyTime(cron);
  const [asRule, setAsRule] = useState(daily === undefined);
  const byRule = asRule || daily === undefined;
  const id = `schedule-${no}`;
  return (
    <Form layout="vertical" component="div" role="group" aria-label={t.scheduleNo(String(no))}>
      <Flex gap={12} wrap align="end">
        <Form.Item label={t.scheduleNo(String(no))}>
          <Segmented<'daily' | 'cron'>
            value={byRule ? 'cron' : 'daily'}
            options={[
              { value: 'daily', label: t.daily },
              { value: 'cron', label: t.byCron },
            ]}
            onChange={(way) => {
              setAsRule(way === 'cron');
              if (!busy && way === 'daily' && daily === undefined) onChange({ cron: '0 2 * * *' });
            }}
          />
        </Form.Item>
        {byRule ? (
          <Form.Item label={t.cron} htmlFor={`${id}-cron`}>
            <Typed
              busy={busy}
              id={`${id}-cron`}
              width={180}
              value={cron}
              onDone={(rule) => rule.trim() !== '' && onChange({ cron: rule.trim() })}
            />
          </Form.Item>
        ) : (
          <Form.Item label={t.time} htmlFor={`${id}-time`}>
            <Typed
              busy={busy}
              id={`${id}-time`}
              type="time"
              width={140}
              value={daily}
              onDone={(time) => time !== '' && onChange({ cron: dailyCron(time) })}
            />
          </Form.Item>
        )}
        <Form.Item label={t.zone} htmlFor={`${id}-zone`}>
          <Select
            id={`${id}-zone`}
            style={{ width: 220, maxWidth: '100%' }}
            showSearch
            value={timezone}
            options={zones().map((name) => ({ value: name, label: name }))}
            onChange={(zone) => !busy && onChange({ timezone: zone })}
          />
        </Form.Item>
        <Form.Item>
          <Button icon={<DeleteOutlined aria-hidden />} disabled={busy} onClick={props.onRemove}>
            {t.scheduleRemove}
          </Button>
        </Form.Item>
      </Flex>
      <Typography.Text type="secondary">{say(scheduleWords(cron)) || t.cronHelp}</Typography.Text>
    </Form>
  );
}

export function TriggerForm(props: {
  node: Node;
  content: unknown;
  /**
   * Whether the text has changed since this was read from it. Schedules are edited by their place in a list: what is pressed twice
   * would be done to two of them.
   */
  busy: boolean;
  onEdit: (edits: TextEdit[]) => void;
}) {
  const t = useTexts(workflowTexts);
  const say = useSay();
  const { content, onEdit } = props;
  // What could not be read may have schedules.
  const busy = props.busy || content === undefined;
  const schedules = schedulesIn(content);
  const others = (props.node.triggers ?? []).filter(({ kind }) => kind !== 'schedule');
  return (
    <Flex vertical gap={16}>
      {schedules.length === 0 && <Typography.Text type="secondary">{t.scheduleNone}</Typography.Text>}
      {schedules.map((schedule, at) => (
        <Schedule
          key={schedule.path.join(' ')}
          no={at + 1}
          schedule={schedule}
          busy={busy}
          onChange={(to) => onEdit(changeSchedule(schedule, to))}
          onRemove={() => onEdit(removeSchedule(schedules, schedule))}
        />
      ))}
      <div>
        <Button
          icon={<PlusOutlined aria-hidden />}
          disabled={busy}
          onClick={() => onEdit(addSchedule(content, { cron: '0 2 * * *', timezone: ownZone() }))}
        >
          {t.scheduleAdd}
        </Button>
      </div>
      {others.length > 0 && (
        <Flex gap={4} wrap align="center">
          {t.alsoBy}
          {others.map(({ kind, detail }) => (
            <Tag key={`${kind} ${detail}`}>
              {say(triggerKinds[kind]) || kind} <span data-value>{detail}</span>
            </Tag>
          ))}
          <Typography.Text type="secondary">{t.alsoInText}</Typography.Text>
        </Flex>
      )}
    </Flex>
  );
}

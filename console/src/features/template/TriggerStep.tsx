/** What starts it? A person always may; a time of day or a rule besides. The server computes when that is. */
import { Card, Flex, Form, Input, Radio, Select, Typography } from 'antd';
import { useState } from 'react';

import { ownZone, zones } from '#/base/time';
import { useSay, useTexts } from '#/texts/language';
import { dailyCron, dailyTime, scheduleWords } from '#/texts/schedule';

import type { Schedule } from './content.ts';
import { templateTexts } from './texts.ts';

type Way = 'manual' | 'daily' | 'cron';

function wayOf(schedule: Schedule | undefined): Way {
  if (schedule === undefined) return 'manual';
  return dailyTime(schedule.cron) === undefined ? 'cron' : 'daily';
}

export function TriggerStep(props: {
  schedule: Schedule | undefined;
  onSchedule: (schedule: Schedule | undefined) => void;
}) {
  const t = useTexts(templateTexts);
  const say = useSay();
  const { schedule, onSchedule } = props;
  const [way, setWay] = useState<Way>(wayOf(schedule));
  const [cron, setCron] = useState(schedule?.cron ?? '0 2 * * *');
  // As it was chosen here: the draft may still be on its way. A schedule without a zone runs by UTC.
  const [zone, setZone] = useState(schedule === undefined ? ownZone() : schedule.timezone || 'UTC');
  const choose = (chosen: Way) => {
    setWay(chosen);
    if (chosen === 'manual') onSchedule(undefined);
    else if (chosen === 'daily') {
      const daily = dailyTime(cron) === undefined ? '0 2 * * *' : cron;
      setCron(daily);
      onSchedule({ cron: daily, timezone: zone });
    } else onSchedule({ cron, timezone: zone });
  };
  return (
    <Card>
      <Flex vertical gap={16}>
        <Typography.Text type="secondary">{t.triggerAbout}</Typography.Text>
        <Radio.Group
          aria-label={t.stepTrigger}
          value={way}
          onChange={(event) => choose(event.target.value as Way)}
          options={[
            { value: 'manual', label: t.triggerManual },
            { value: 'daily', label: t.triggerNightly },
            { value: 'cron', label: t.triggerCron },
          ]}
        />
        {way !== 'manual' && (
          <Form layout="vertical" component="div">
            {way === 'daily' ? (
              <Form.Item label={t.time} htmlFor="trigger-time">
                <Input
                  id="trigger-time"
                  type="time"
                  style={{ width: 160 }}
                  value={dailyTime(cron) ?? '02:00'}
                  onChange={(event) => {
                    if (event.target.value === '') return;
                    const rule = dailyCron(event.target.value);
                    setCron(rule);
                    onSchedule({ cron: rule, timezone: zone });
                  }}
                />
              </Form.Item>
            ) : (
              <Form.Item label={t.cron} htmlFor="trigger-cron" extra={say(scheduleWords(cron)) || t.cronHelp}>
                <Input
                  id="trigger-cron"
                  style={{ width: 240, maxWidth: '100%' }}
                  value={cron}
                  onChange={(event) => setCron(event.target.value)}
                  onBlur={() => onSchedule({ cron: cron.trim(), timezone: zone })}
                />
              </Form.Item>
            )}
            <Form.Item label={t.zone} htmlFor="trigger-zone">
              <Select
                id="trigger-zone"
                style={{ width: 240, maxWidth: '100%' }}
                showSearch
                value={zone}
                options={zones().map((name) => ({ value: name, label: name }))}
                onChange={(chosen) => {
                  setZone(chosen);
                  onSchedule({ cron: cron.trim(), timezone: chosen });
                }}
              />
            </Form.Item>
          </Form>
        )}
      </Flex>
    </Card>
  );
}

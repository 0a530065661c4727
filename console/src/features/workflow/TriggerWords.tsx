/** What starts a workflow, in a line. */
import { Flex, Tag } from 'antd';

import { useSay, useTexts } from '#/texts/language';
import { scheduleWords } from '#/texts/schedule';

import type { Workflow } from './queries.ts';
import { workflowTexts } from './texts.ts';

export function TriggerWords(props: { workflow: Workflow }) {
  const t = useTexts(workflowTexts);
  const say = useSay();
  const { triggers, events } = props.workflow;
  return (
    <Flex gap={4} wrap>
      {(triggers?.schedules ?? []).map(({ cron, timezone }) => (
        <Tag key={`${cron} ${timezone}`} title={`${cron} ${timezone}`}>
          {say(scheduleWords(cron)) || <span data-value>{cron}</span>} <span data-value>{timezone}</span>
        </Tag>
      ))}
      {[...(triggers?.webhooks ?? []), ...(triggers?.after ?? []), ...(events ?? []).flatMap(({ types }) => types)].map(
        (word) => (
          <Tag key={word}>
            <span data-value>{word}</span>
          </Tag>
        ),
      )}
      {triggers?.manual && <Tag>{t.byHand}</Tag>}
    </Flex>
  );
}

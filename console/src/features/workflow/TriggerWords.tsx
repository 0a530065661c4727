/** What starts a workflow, in a line. */
import { Flex, Tag } from 'antd';

import { useSay, useTexts } from '#/texts/language';
import { scheduleWords } from '#/texts/schedule';
import { triggerKinds } from '#/texts/states';

import type { Workflow } from './queries.ts';
import { workflowTexts } from './texts.ts';

/** Each word with its kind. */
function of(kind: string, words: readonly string[]) {
  return words.map((word) => [kind, word] as const);
}

export function TriggerWords(props: { workflow: Workflow }) {
  const t = useTexts(workflowTexts);
  const say = useSay();
  const { triggers, events } = props.workflow;
  const others = [
    ...of('webhook', triggers?.webhooks ?? []),
    ...of('after', triggers?.after ?? []),
    ...of(
      'event',
      (events ?? []).flatMap(({ types }) => types),
    ),
  ];
  return (
    <Flex gap={4} wrap>
      {(triggers?.schedules ?? []).map(({ cron, timezone }) => (
        <Tag key={`${cron} ${timezone}`} title={`${cron} ${timezone}`}>
          {say(scheduleWords(cron)) || <span data-value>{cron}</span>} <span data-value>{timezone}</span>
        </Tag>
      ))}
      {others.map(([kind, word]) => (
        <Tag key={`${kind} ${word}`}>
          {say(triggerKinds[kind])} <span data-value>{word}</span>
        </Tag>
      ))}
      {triggers?.manual && <Tag>{t.byHand}</Tag>}
    </Flex>
  );
}

/** One message: what became of it, person by person, what WeCom answered, and taking it back. */
import { useQuery } from '@tanstack/react-query';
import { Descriptions, Drawer, Flex, Typography } from 'antd';

import { useDeed } from '#/api/stale';
import { useTexts } from '#/texts/language';
import { Deed } from '#/ui/Deed';
import { Loaded } from '#/ui/Loaded';
import { Moment } from '#/ui/Moment';
import { IssueText } from '#/ui/ProblemView';
import { StateTag } from '#/ui/StateTag';

import { type Message, messageQuery, recall } from './queries.ts';
import { Receivers } from './Receivers.tsx';
import { messageStates, messageTexts } from './texts.ts';

function Body(props: { message: Message }) {
  const { message } = props;
  const t = useTexts(messageTexts);
  const recalled = useDeed(() => recall(message.id), ['message']);
  const { result } = message;
  return (
    <Flex vertical gap={16}>
      <Flex gap={8} align="center" wrap>
        <StateTag state={message.state} of={messageStates} />
        {message.allowed.includes('recall') && (
          <Deed
            size="small"
            danger
            permission="message:send"
            confirm={t.recallSure}
            done={t.recalled}
            onDo={() => recalled.mutateAsync(undefined)}
          >
            {t.recall}
          </Deed>
        )}
      </Flex>
      <Typography.Paragraph className="wrap" data-value style={{ margin: 0 }}>
        {message.text}
      </Typography.Paragraph>
      {message.problem && <IssueText issue={message.problem} />}
      <Descriptions
        size="small"
        column={1}
        items={[
          { key: 'by', label: t.by, children: <span data-value>{message.by}</span> },
          { key: 'time', label: t.time, children: <Moment time={message.sent ?? message.created} form="full" /> },
          ...(message.due ? [{ key: 'due', label: t.due, children: <Moment time={message.due} relative /> }] : []),
          { key: 'connection', label: t.connection, children: <code data-value>{message.connection}</code> },
          ...(result
            ? [
                {
                  key: 'result',
                  label: t.result,
                  children: (
                    <code data-value style={{ overflowWrap: 'anywhere' }}>
                      {[
                        `errcode ${result.errcode}`,
                        result.errmsg,
                        result.msgid && `msgid ${result.msgid}`,
                        result.invaliduser && `invaliduser ${result.invaliduser}`,
                        result.invalidparty && `invalidparty ${result.invalidparty}`,
                        result.invalidtag && `invalidtag ${result.invalidtag}`,
                        result.unlicenseduser && `unlicenseduser ${result.unlicenseduser}`,
                      ]
                        .filter(Boolean)
                        .join(' · ')}
                    </code>
                  ),
                },
              ]
            : []),
        ]}
      />
      {message.send_all ? <Typography.Text>{t.everybody}</Typography.Text> : <Receivers message={message} />}
    </Flex>
  );
}

export function MessageDrawer(props: { id: string; onClose: () => void }) {
  const t = useTexts(messageTexts);
  const message = useQuery({ ...messageQuery(props.id), enabled: props.id !== '', refetchInterval: 10_000 });
  return (
    <Drawer open={props.id !== ''} size={600} title={t.messageOf} onClose={props.onClose}>
      {props.id !== '' && <Loaded query={message}>{(data) => <Body message={data} />}</Loaded>}
    </Drawer>
  );
}

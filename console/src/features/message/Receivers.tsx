/** Who gets a message, and what became of it for each? */
import { Table, Typography } from 'antd';
import { Link } from 'react-router';

import { count } from '#/base/number';
import { useSay, useTexts } from '#/texts/language';
import { cards } from '#/ui/cards';
import { StateTag } from '#/ui/StateTag';
import { useLinks } from '#/ui/zone';

import type { Message, Receiver } from './queries.ts';
import { messageTexts, receiverKinds, receiverOutcomes } from './texts.ts';

/** Those that did not or would not get it. */
export function missed(message: Message): readonly Receiver[] {
  return message.receivers.filter(({ outcome }) => outcome !== 'waiting' && outcome !== 'sent');
}

/** Those whom it does not reach come first. */
function rank({ outcome }: Receiver): number {
  return outcome === 'waiting' || outcome === 'sent' ? 1 : 0;
}

export function Receivers(props: { message: Message }) {
  const t = useTexts(messageTexts);
  const say = useSay();
  const links = useLinks();
  const { message } = props;
  return (
    <>
      <Table<Receiver>
        className="cards"
        aria-label={t.receivers}
        size="small"
        pagination={message.receivers.length > 20 ? { pageSize: 20, showSizeChanger: false } : false}
        scroll={{ x: 'max-content' }}
        rowKey={({ kind, given }) => `${kind} ${given}`}
        dataSource={message.receivers.toSorted((a, b) => rank(a) - rank(b))}
        columns={cards<Receiver>([
          {
            title: t.receiver,
            key: 'name',
            render: (_, { kind, name, given }) => (
              <span>
                {kind === 'person' ? (
                  <Link to={links.people({ find: given })} data-value>
                    {name || given}
                  </Link>
                ) : (
                  <span data-value>{name || given}</span>
                )}{' '}
                <Typography.Text type="secondary">{say(receiverKinds[kind])}</Typography.Text>
              </span>
            ),
          },
          {
            title: t.outcome,
            key: 'outcome',
            render: (_, { outcome }) => <StateTag state={outcome} of={receiverOutcomes} />,
          },
          {
            title: t.key,
            key: 'key',
            render: (_, { key }) => (key ? <code data-value>{key}</code> : '—'),
          },
        ])}
      />
      {message.total > message.receivers.length && (
        <Typography.Text type="secondary">
          {t.firstOnly(count(message.receivers.length), count(message.total))}
        </Typography.Text>
      )}
    </>
  );
}

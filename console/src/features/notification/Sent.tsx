/** What was told, and has it arrived? */
import { Flex, Tag, Typography } from 'antd';
import { Link } from 'react-router';

import { usePages } from '#/api/pages';
import { count } from '#/base/number';
import { useSay, useTexts } from '#/texts/language';
import { Choice, FilterBar } from '#/ui/FilterBar';
import { ListTable } from '#/ui/ListTable';
import { Moment } from '#/ui/Moment';
import { IssueText } from '#/ui/ProblemView';
import { StateTag } from '#/ui/StateTag';
import { useLinks } from '#/ui/zone';

import type { Delivery } from './queries.ts';
import { channels, deliveryStates, events, notificationTexts } from './texts.ts';

type State = keyof typeof deliveryStates;

function Items(props: { delivery: Delivery }) {
  const say = useSay();
  const links = useLinks();
  return (
    <ul className="plain">
      {props.delivery.items.map((item) => (
        <li key={`${item.event} ${item.happened} ${item.run ?? item.connection ?? ''}`}>
          <Tag>{say(events[item.event])}</Tag>
          {item.run ? (
            <Link to={links.run(item.run)} data-value>
              {say(item.what)}
            </Link>
          ) : (
            <span data-value>{say(item.what)}</span>
          )}{' '}
          <Typography.Text type="secondary" data-value>
            {say(item.next)}
          </Typography.Text>
        </li>
      ))}
      {props.delivery.problem && <IssueText issue={props.delivery.problem} />}
    </ul>
  );
}

/** The row below a message: what it tells. */
function expanded(delivery: Delivery) {
  return <Items delivery={delivery} />;
}

export function Sent(props: { state: string; onState: (state: string) => void }) {
  const t = useTexts(notificationTexts);
  const say = useSay();
  const state = props.state as State | '';
  const pages = usePages('/notifications/deliveries', { query: state ? { state } : {} }, { size: 50, every: 15_000 });
  const clear = state ? () => props.onState('') : undefined;
  return (
    <Flex vertical gap={12}>
      <FilterBar onClear={clear}>
        <Choice<State>
          label={t.state}
          value={state}
          options={Object.entries(deliveryStates).map(([value, text]) => ({
            value: value as State,
            label: say(text),
          }))}
          onChoose={props.onState}
        />
      </FilterBar>
      <ListTable<Delivery>
        label={t.tabSent}
        pages={pages}
        rowKey={({ id }) => id}
        nothing={t.noneSent}
        onClear={clear}
        expandable={{ expandedRowRender: expanded }}
        columns={[
          { title: t.time, key: 'time', render: (_, { created }) => <Moment time={created} relative /> },
          {
            title: t.state,
            key: 'state',
            render: (_, delivery) => <StateTag state={delivery.state} of={deliveryStates} />,
          },
          {
            title: t.rule,
            key: 'rule',
            render: (_, { rule, test, channel }) => (
              <span>
                <span data-value>{rule}</span> · {say(channels[channel as keyof typeof channels]) || channel}{' '}
                {test && <Tag>{t.trial}</Tag>}
              </span>
            ),
          },
          {
            title: t.what,
            key: 'what',
            render: (_, { items, tries, next_try: next }) => (
              <div className="say">
                <span data-value>{say(items[0]?.what)}</span>
                {items.length > 1 && <Tag>+{count(items.length - 1)}</Tag>}
                {tries > 1 && <Typography.Text type="secondary"> {t.tries(count(tries))}</Typography.Text>}
                {next && (
                  <>
                    {' '}
                    {t.nextTry} <Moment time={next} relative />
                  </>
                )}
              </div>
            ),
          },
        ]}
      />
    </Flex>
  );
}

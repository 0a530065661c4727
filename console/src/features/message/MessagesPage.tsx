/** 消息: what was sent to people, who got it, and a new one. */
import { Button, type TableProps } from 'antd';
import { Link } from 'react-router';

import { usePages } from '#/api/pages';
import { useMay } from '#/api/session';
import { count } from '#/base/number';
import { flag, oneOf, text, useUrlState } from '#/base/urlstate';
import { useSay, useTexts } from '#/texts/language';
import { Choice, FilterBar } from '#/ui/FilterBar';
import { ListTable } from '#/ui/ListTable';
import { Moment } from '#/ui/Moment';
import { Page } from '#/ui/Page';
import { StateTag } from '#/ui/StateTag';
import { useLinks } from '#/ui/zone';

import { Compose } from './Compose.tsx';
import { MessageDrawer } from './MessageDrawer.tsx';
import type { Message } from './queries.ts';
import { messageStates, messageTexts } from './texts.ts';

type State = keyof typeof messageStates;
const states = Object.keys(messageStates).filter((state) => state !== 'checked') as State[];
const codec = { state: oneOf(['', ...states], ''), message: text(), compose: flag() };

function List() {
  const t = useTexts(messageTexts);
  const say = useSay();
  const links = useLinks();
  const [state, change] = useUrlState(codec);
  const may = useMay('message:send');
  const chosen = state.state;
  const pages = usePages('/messages', { query: chosen ? { state: chosen } : {} }, { size: 50, every: 10_000 });
  const clear = chosen ? () => change({ state: '' }) : undefined;
  const columns: NonNullable<TableProps<Message>['columns']> = [
    { title: t.time, key: 'time', render: (_, { created }) => <Moment time={created} relative /> },
    {
      title: t.content,
      key: 'text',
      render: (_, { id, text: written }) => (
        <div className="say">
          <Link to={links.messages({ state: chosen, message: id })} data-value>
            {written.slice(0, 80) || id}
          </Link>
        </div>
      ),
    },
    { title: t.state, key: 'state', render: (_, message) => <StateTag state={message.state} of={messageStates} /> },
    {
      title: t.reached,
      key: 'reached',
      render: (_, message) =>
        message.send_all ? (
          t.everybody
        ) : (
          <span className="number">{t.ofAll(count(message.reached), count(message.total))}</span>
        ),
    },
    { title: t.by, key: 'by', render: (_, { by }) => <span data-value>{by}</span> },
  ];
  return (
    <>
      <FilterBar onClear={clear}>
        <Choice<State>
          label={t.state}
          value={chosen}
          options={states.map((value) => ({ value, label: say(messageStates[value]) }))}
          onChoose={(value) => change({ state: value })}
        />
      </FilterBar>
      <ListTable<Message>
        label={t.title}
        pages={pages}
        columns={columns}
        rowKey={({ id }) => id}
        nothing={t.none}
        next={
          may && (
            <Button type="primary" onClick={() => change({ compose: true })}>
              {t.compose}
            </Button>
          )
        }
        onClear={clear}
      />
      <MessageDrawer id={state.message} onClose={() => change({ message: '' })} />
    </>
  );
}

export function Component() {
  const t = useTexts(messageTexts);
  const [state, change] = useUrlState(codec);
  const may = useMay('message:send');
  return (
    <Page
      title={state.compose ? t.compose : t.title}
      deeds={
        state.compose ? (
          <Button onClick={() => change({ compose: false })}>{t.title}</Button>
        ) : (
          may && (
            <Button type="primary" onClick={() => change({ compose: true })}>
              {t.compose}
            </Button>
          )
        )
      }
    >
      {state.compose ? <Compose onSent={({ id }) => change({ compose: false, message: id })} /> : <List />}
    </Page>
  );
}

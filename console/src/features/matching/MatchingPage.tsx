/** 账号绑定: which objects could not be told apart, and what did somebody decide? */
import { Alert, Flex, type TableProps, Tabs, Typography } from 'antd';
import { Link } from 'react-router';

import { write } from '#/api/client';
import type { components } from '#/api/contract';
import { usePages } from '#/api/pages';
import { useDeed } from '#/api/stale';
import { oneOf, text, useUrlState } from '#/base/urlstate';
import { useSay, useTexts } from '#/texts/language';
import { kinds } from '#/texts/states';
import { Deed } from '#/ui/Deed';
import { ListTable } from '#/ui/ListTable';
import { Moment } from '#/ui/Moment';
import { Page } from '#/ui/Page';
import { useLinks } from '#/ui/zone';

import { sidesOf } from './sides.ts';
import { choices, matchingTexts } from './texts.ts';

type Undecided = components['schemas']['Undecided'];
type Decision = components['schemas']['Decision'];
type Choice = components['schemas']['Choice'];
const codec = { tab: oneOf(['undecided', 'decisions'], 'undecided'), connection: text(), key: text() };

/** The candidates of an object, each to be chosen, and the two answers that take none. */
function Answers(props: { pair: Undecided }) {
  const { pair } = props;
  const t = useTexts(matchingTexts);
  const say = useSay();
  const decide = useDeed(
    (given: { choice: Choice; key: string; candidate?: string }) =>
      write('post', '/matching/decisions', {
        body: {
          decisions: [
            {
              connection: pair.connection,
              with: pair.with,
              kind: pair.kind,
              choice: given.choice,
              key: given.key,
              ...(given.candidate ? { candidate: given.candidate } : {}),
            },
          ],
        },
      }),
    ['matching'],
  );
  const decided = pair.decided?.[0];
  if (decided) {
    return (
      <span>
        {t.decided}: {say(choices[decided.choice])} <code data-value>{decided.candidate ?? ''}</code>
      </span>
    );
  }
  return (
    <Flex vertical gap={6}>
      {pair.candidates.map((candidate) => (
        <Flex key={candidate.key} gap={8} align="center" wrap>
          <span data-value>{candidate.label}</span>
          <Deed
            size="small"
            permission="link:manage"
            confirm={t.sameSure(pair.name, candidate.label)}
            done={t.done}
            onDo={() => decide.mutateAsync({ choice: 'same', ...sidesOf(pair, candidate.key) })}
          >
            {t.same}
          </Deed>
        </Flex>
      ))}
      {pair.key && (
        <Flex gap={8}>
          <Deed
            size="small"
            permission="link:manage"
            confirm={t.createSure(pair.name)}
            done={t.done}
            onDo={() => decide.mutateAsync({ choice: 'create', key: pair.key ?? '' })}
          >
            {t.create}
          </Deed>
          <Deed
            size="small"
            permission="link:manage"
            confirm={t.ignoreSure(pair.name)}
            done={t.done}
            onDo={() => decide.mutateAsync({ choice: 'ignore', key: pair.key ?? '' })}
          >
            {t.ignore}
          </Deed>
        </Flex>
      )}
    </Flex>
  );
}

function UndecidedList(props: { connection: string }) {
  const t = useTexts(matchingTexts);
  const say = useSay();
  const links = useLinks();
  const pages = usePages('/matching', { query: props.connection ? { connection: props.connection } : {} });
  const columns: NonNullable<TableProps<Undecided>['columns']> = [
    {
      title: t.object,
      key: 'name',
      render: (_, pair) => (
        <Flex vertical>
          <span data-value>{pair.name}</span>
          <Typography.Text type="secondary">{say(kinds[pair.kind]) || pair.kind}</Typography.Text>
        </Flex>
      ),
    },
    { title: t.candidates, key: 'answers', render: (_, pair) => <Answers pair={pair} /> },
    {
      title: t.why,
      key: 'why',
      render: (_, { error }) => (
        <div className="say" data-value>
          {say(error?.reason)}
        </div>
      ),
    },
    { title: t.connection, key: 'connection', render: (_, { connection }) => <code data-value>{connection}</code> },
    {
      title: t.run,
      key: 'run',
      render: (_, { run, workflow }) => (
        <Link to={links.run(run, { tab: 'items', outcome: 'ambiguous' })} data-value>
          {workflow}
        </Link>
      ),
    },
  ];
  return (
    <Flex vertical gap={12}>
      <Alert type="info" title={t.about} />
      <ListTable
        label={t.matching}
        pages={pages}
        columns={columns}
        rowKey={(pair) => `${pair.connection} ${pair.item}`}
        nothing={t.none}
        next={<Link to={links.links()}>{t.links}</Link>}
      />
    </Flex>
  );
}

function Decisions(props: { connection: string }) {
  const t = useTexts(matchingTexts);
  const say = useSay();
  const pages = usePages('/matching/decisions', { query: props.connection ? { connection: props.connection } : {} });
  const columns: NonNullable<TableProps<Decision>['columns']> = [
    { title: t.key, key: 'key', render: (_, { key }) => <code data-value>{key}</code> },
    { title: t.choice, key: 'choice', render: (_, { choice }) => say(choices[choice]) },
    { title: t.candidates, key: 'candidate', render: (_, { candidate }) => <code data-value>{candidate ?? '—'}</code> },
    { title: t.connection, key: 'connection', render: (_, { connection }) => <code data-value>{connection}</code> },
    { title: t.by, key: 'by', render: (_, { by }) => <span data-value>{by}</span> },
    { title: t.at, key: 'at', render: (_, { at }) => <Moment time={at} relative /> },
    { title: t.note, key: 'why', render: (_, { why }) => <span data-value>{why}</span> },
  ];
  return (
    <ListTable
      label={t.tabDecisions}
      pages={pages}
      columns={columns}
      rowKey={(decision) => `${decision.connection} ${decision.kind} ${decision.key} ${decision.at}`}
      nothing={t.noDecisions}
    />
  );
}

export function Component() {
  const t = useTexts(matchingTexts);
  const [state, change] = useUrlState(codec);
  return (
    <Page title={t.matching}>
      <Tabs
        activeKey={state.tab}
        destroyOnHidden
        onChange={(tab) => change({ tab: codec.tab.read(tab) ?? 'undecided' })}
        items={[
          { key: 'undecided', label: t.tabUndecided, children: <UndecidedList connection={state.connection} /> },
          { key: 'decisions', label: t.tabDecisions, children: <Decisions connection={state.connection} /> },
        ]}
      />
    </Page>
  );
}

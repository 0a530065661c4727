/** 账号绑定: which objects could not be told apart, and what did somebody decide? */
import { Alert, Flex, type TableProps, Tabs, Tag, Typography } from 'antd';
import { useState } from 'react';
import { Link } from 'react-router';

import { write } from '#/api/client';
import type { components } from '#/api/contract';
import { usePages } from '#/api/pages';
import { useDeed } from '#/api/stale';
import { count } from '#/base/number';
import { flag, oneOf, type Read, text, useUrlState } from '#/base/urlstate';
import { useSay, useTexts } from '#/texts/language';
import { kinds } from '#/texts/states';
import { Deed } from '#/ui/Deed';
import { Choice, FilterBar, SearchField } from '#/ui/FilterBar';
import { ListTable } from '#/ui/ListTable';
import { Page } from '#/ui/Page';
import { useLinks } from '#/ui/zone';

import { Answers } from './Answers.tsx';
import { BindForm } from './BindForm.tsx';
import { besideOf, candidateOf, objectOf } from './called.ts';
import { Decisions } from './Decisions.tsx';
import { isBeside, sidesOf, together } from './sides.ts';
import { filterWords, matchingTexts } from './texts.ts';

type Undecided = components['schemas']['Undecided'];
const filters = ['open', 'decided', 'proposed', 'ambiguous', 'alone', 'beside'] as const;
const codec = {
  bind: flag(),
  tab: oneOf(['undecided', 'decisions'], 'undecided'),
  connection: text(),
  key: text(),
  find: text(),
  filter: oneOf(['', ...filters], ''),
};
type State = Read<typeof codec>;

/** What is sent where somebody says which candidate an object is. */
function same(pair: Undecided, candidate: string) {
  return {
    connection: pair.connection,
    with: pair.with,
    kind: pair.kind,
    choice: 'same' as const,
    ...sidesOf(pair, candidate),
  };
}

function nameOf(pair: Undecided): string {
  return `${pair.connection} ${pair.item}`;
}

function UndecidedList(props: { state: State; change: (change: Partial<State>, how?: { replace?: boolean }) => void }) {
  const t = useTexts(matchingTexts);
  const say = useSay();
  const links = useLinks();
  const { state, change } = props;
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const pages = usePages(
    '/matching',
    {
      query: {
        ...(state.connection ? { connection: state.connection } : {}),
        ...(state.filter ? { filter: state.filter } : {}),
        ...(state.find ? { find: state.find } : {}),
      },
    },
    { size: 100 },
  );
  const decide = useDeed(
    (pairs: readonly Undecided[]) =>
      write('post', '/matching/decisions', {
        body: { decisions: pairs.map((pair) => same(pair, pair.candidates[0]?.key ?? '')) },
      }),
    ['matching'],
  );
  const alike = together(pages.items ?? []);
  const many = (pages.items ?? []).filter((pair) => alike.has(pair) && chosen.includes(nameOf(pair)));
  const filtered = state.find !== '' || state.filter !== '';
  const clear = filtered ? () => change({ find: '', filter: '' }) : undefined;
  const columns: NonNullable<TableProps<Undecided>['columns']> = [
    {
      title: t.object,
      key: 'name',
      render: (_, pair) => (
        <Flex vertical>
          <span data-value>{pair.name}</span>
          <Typography.Text type="secondary" data-value>
            {[say(kinds[pair.kind]) || pair.kind, ...besideOf(pair, t.inDirectory)].join(' · ')}
          </Typography.Text>
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
      render: (_, pair) => (
        <Link
          to={isBeside(pair) ? links.plan(pair.run) : links.run(pair.run, { tab: 'items', outcome: 'ambiguous' })}
          data-value
        >
          {pair.workflow}
        </Link>
      ),
    },
  ];
  return (
    <Flex vertical gap={12}>
      <Alert type="info" title={t.about} description={t.besides} />
      <FilterBar onClear={clear}>
        <SearchField label={t.find} value={state.find} onSearch={(find) => change({ find }, { replace: true })} />
        <Choice
          label={t.filter}
          value={state.filter}
          options={filters.map((value) => ({ value, label: say(filterWords[value]) }))}
          onChoose={(filter) => change({ filter })}
        />
        {pages.total !== undefined && <Tag>{t.inAll(count(pages.total))}</Tag>}
        {many.length > 0 && (
          <Deed
            primary
            permission="link:manage"
            confirm={
              <>
                {t.manySure(count(many.length))}
                <ul className="pairs" data-value>
                  {many.map((pair) => (
                    <li key={nameOf(pair)}>
                      {objectOf(pair, t.inDirectory)} ={' '}
                      {pair.candidates.map((one) => candidateOf(pair, one, t.inDirectory)).join()}
                    </li>
                  ))}
                </ul>
              </>
            }
            done={t.done}
            onDo={async () => {
              await decide.mutateAsync(many);
              setChosen([]);
            }}
          >
            {t.sameMany(count(many.length))}
          </Deed>
        )}
      </FilterBar>
      <ListTable
        label={t.matching}
        pages={pages}
        columns={columns}
        rowKey={nameOf}
        nothing={t.none}
        next={<Link to={links.links()}>{t.links}</Link>}
        onClear={clear}
        selection={{
          selectedRowKeys: [...chosen],
          onChange: (keys) => setChosen(keys.map(String)),
          getCheckboxProps: (pair) => ({ disabled: !alike.has(pair), 'aria-label': pair.name }),
        }}
      />
    </Flex>
  );
}

export function Component() {
  const t = useTexts(matchingTexts);
  const [state, change] = useUrlState(codec);
  return (
    <Page
      title={t.matching}
      deeds={
        <Deed permission="link:manage" onDo={() => Promise.resolve(change({ bind: true }))}>
          {t.addLink}
        </Deed>
      }
    >
      <BindForm
        open={state.bind}
        connection={state.connection || undefined}
        person={undefined}
        account={undefined}
        onClose={() => change({ bind: false })}
      />
      <Tabs
        activeKey={state.tab}
        destroyOnHidden
        onChange={(tab) => change({ tab: codec.tab.read(tab) ?? 'undecided' })}
        items={[
          { key: 'undecided', label: t.tabUndecided, children: <UndecidedList state={state} change={change} /> },
          { key: 'decisions', label: t.tabDecisions, children: <Decisions connection={state.connection} /> },
        ]}
      />
    </Page>
  );
}

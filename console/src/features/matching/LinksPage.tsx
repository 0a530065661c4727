/** Which object there is which one here? By connection; a link can be taken back. */
import { useQuery } from '@tanstack/react-query';
import { Flex, Select, type TableProps, Tag } from 'antd';
import { Link } from 'react-router';

import { read, write } from '#/api/client';
import type { components } from '#/api/contract';
import { usePages } from '#/api/pages';
import { useDeed } from '#/api/stale';
import { flag, text, useUrlState } from '#/base/urlstate';
import { useSay, useTexts } from '#/texts/language';
import { kinds } from '#/texts/states';
import { Deed } from '#/ui/Deed';
import { FilterBar, SearchField } from '#/ui/FilterBar';
import { ListTable } from '#/ui/ListTable';
import { Loaded } from '#/ui/Loaded';
import { Moment } from '#/ui/Moment';
import { Nothing } from '#/ui/Nothing';
import { Page } from '#/ui/Page';
import { useLinks } from '#/ui/zone';

import { BindForm } from './BindForm.tsx';
import { matchingTexts, rules } from './texts.ts';

type LinkRow = components['schemas']['Link'];
const codec = { connection: text(), find: text(), bind: flag(), person: text(), account: text() };

function LinkList(props: { connection: string; find: string; onClear: () => void }) {
  const t = useTexts(matchingTexts);
  const say = useSay();
  const links = useLinks();
  const pages = usePages(
    '/links',
    { query: { connection: props.connection, ...(props.find ? { find: props.find } : {}) } },
    { size: 100 },
  );
  const remove = useDeed(
    (link: LinkRow) =>
      write('post', '/links/remove', {
        // The one that stands in the row, and none that somebody has made of the same account since.
        body: { connection: link.connection, kind: link.kind, key: link.key, with: link.with, to: link.other },
      }),
    ['link'],
  );
  const columns: NonNullable<TableProps<LinkRow>['columns']> = [
    {
      title: t.name,
      key: 'name',
      // Where the other side is the directory, the object is one click away.
      render: (_, link) =>
        link.with === 'directory' ? (
          <Link to={links.people({ person: link.other })} title={link.other} data-value>
            {link.label}
          </Link>
        ) : (
          <span data-value>{link.label}</span>
        ),
    },
    { title: t.kind, key: 'kind', render: (_, { kind }) => say(kinds[kind]) || kind },
    {
      title: t.there,
      key: 'key',
      render: (_, link) => (
        <Flex gap={8}>
          <code data-value>{link.key}</code>
          {link.gone && <Tag color="warning">{t.gone}</Tag>}
        </Flex>
      ),
    },
    ...((pages.items ?? []).some((link) => link.with !== 'directory')
      ? [{ title: t.here, key: 'other', render: (_: unknown, { other }: LinkRow) => <code data-value>{other}</code> }]
      : []),
    {
      title: t.rule,
      key: 'rule',
      render: (_, { rule }) => (rules[rule] ? say(rules[rule]) : <code data-value>{rule}</code>),
    },
    { title: t.since, key: 'since', render: (_, { since }) => <Moment time={since} /> },
    {
      title: '',
      key: 'remove',
      render: (_, link) => (
        <Deed
          size="small"
          danger
          permission="link:manage"
          confirm={t.removeSure(link.label)}
          done={t.removed}
          onDo={() => remove.mutateAsync(link)}
        >
          {t.remove}
        </Deed>
      ),
    },
  ];
  return (
    <ListTable
      label={t.links}
      pages={pages}
      columns={columns}
      rowKey={({ kind, key }) => `${kind} ${key}`}
      nothing={t.noLinks}
      onClear={props.find ? props.onClear : undefined}
    />
  );
}

export function Component() {
  const t = useTexts(matchingTexts);
  const links = useLinks();
  const [state, change] = useUrlState(codec);
  const connections = useQuery(read('/connections', { query: { limit: 100 } }));
  return (
    <Page
      title={t.links}
      deeds={
        <Deed primary permission="link:manage" onDo={() => Promise.resolve(change({ bind: true }))}>
          {t.addLink}
        </Deed>
      }
    >
      <BindForm
        open={state.bind}
        connection={state.connection || undefined}
        person={state.person || undefined}
        account={state.account || undefined}
        onClose={() => change({ bind: false, person: '', account: '' })}
      />
      <Loaded query={connections}>
        {(page) => {
          const chosen = state.connection || page.items[0]?.name;
          if (chosen === undefined) {
            return (
              <Nothing title={t.noConnection} next={<Link to={links.connections({ add: '1' })}>{t.connection}</Link>} />
            );
          }
          return (
            <>
              <FilterBar>
                <Select
                  aria-label={t.connection}
                  value={chosen}
                  style={{ width: 200 }}
                  options={page.items.map(({ name, title }) => ({
                    value: name,
                    label: <span data-value>{title}</span>,
                  }))}
                  onChange={(connection) => change({ connection })}
                />
                <SearchField
                  label={t.find}
                  value={state.find}
                  onSearch={(find) => change({ find }, { replace: true })}
                />
              </FilterBar>
              <LinkList connection={chosen} find={state.find} onClear={() => change({ find: '' })} />
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}

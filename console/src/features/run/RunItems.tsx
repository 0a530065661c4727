/** What became of each object? A long table; filters and the open item stand in the address. */
import { Flex, Skeleton, Typography } from 'antd';
import { useCallback, useRef } from 'react';

import { usePages } from '#/api/pages';
import { count } from '#/base/number';
import { common } from '#/texts/common';
import { useSay, useTexts } from '#/texts/language';
import { actions, outcomes } from '#/texts/states';
import { Choice, FilterBar, SearchField } from '#/ui/FilterBar';
import { type LongColumn, LongTable } from '#/ui/LongTable';
import { Nothing } from '#/ui/Nothing';
import { ProblemView } from '#/ui/ProblemView';
import { StateTag } from '#/ui/StateTag';

import { underway } from './counts.ts';
import { ItemDrawer } from './ItemDrawer.tsx';
import { type Item, type Run, objectOf } from './queries.ts';
import type { ItemFilter } from './RunPage.tsx';
import { runTexts } from './texts.ts';

export function RunItems(props: {
  run: Run;
  filter: ItemFilter;
  change: (change: Partial<ItemFilter>, how?: { replace?: boolean }) => void;
}) {
  const { run, filter, change } = props;
  const t = useTexts(runTexts);
  const words = useTexts(common);
  const say = useSay();
  const grid = useRef<HTMLDivElement>(null);
  const pages = usePages(
    '/runs/{id}/items',
    {
      path: { id: run.run },
      query: {
        ...(filter.outcome ? { outcome: filter.outcome } : {}),
        ...(filter.step ? { step: filter.step } : {}),
        ...(filter.code ? { code: filter.code } : {}),
        ...(filter.find ? { find: filter.find } : {}),
      },
    },
    { size: 200, every: underway(run.status) ? 2_000 : false },
  );
  const loaded = pages.items?.length ?? 0;
  const { hasMore, more } = pages;
  const onView = useCallback(
    (_: number, last: number) => {
      if (hasMore && last > loaded - 60) more();
    },
    // oxlint-disable-next-line react/exhaustive-deps -- `more` is new with each page
    [hasMore, loaded],
  );
  const filtered = filter.outcome !== '' || filter.step !== '' || filter.code !== '' || filter.find !== '';
  const clear = () => change({ outcome: '', step: '', code: '', find: '' });
  const columns: LongColumn<Item>[] = [
    {
      key: 'name',
      title: t.object,
      width: 'minmax(140px, 1.2fr)',
      render: (item) => <span data-value>{objectOf(item).name ?? item.key}</span>,
    },
    {
      key: 'outcome',
      title: t.outcome,
      width: '130px',
      render: (item) => <StateTag state={item.outcome} of={outcomes} />,
    },
    { key: 'action', title: t.action, width: '120px', render: (item) => <StateTag state={item.action} of={actions} /> },
    {
      key: 'target',
      title: t.account,
      width: 'minmax(120px, 1fr)',
      render: (item) => <span data-value>{objectOf(item).target ?? '—'}</span>,
    },
    { key: 'step', title: t.step, width: '170px', render: (item) => <span data-value>{item.step}</span> },
    {
      key: 'why',
      title: t.why,
      width: 'minmax(240px, 3fr)',
      render: (item) =>
        item.error ? (
          <span data-value title={say(item.error.reason)}>
            {say(item.error.reason)}
          </span>
        ) : (
          ''
        ),
    },
  ];
  const known = filter.item === '' ? undefined : pages.items?.find(({ row }) => String(row) === filter.item);
  const close = () => {
    change({ item: '' });
    requestAnimationFrame(() => grid.current?.querySelector<HTMLElement>('[role=row][tabindex="0"]')?.focus());
  };
  return (
    <Flex vertical gap={12} ref={grid}>
      <FilterBar onClear={filtered ? clear : undefined}>
        <SearchField label={t.findItem} value={filter.find} onSearch={(find) => change({ find }, { replace: true })} />
        <Choice
          label={t.outcome}
          value={filter.outcome}
          options={Object.entries(outcomes).map(([value, text]) => ({ value, label: say(text) }))}
          onChoose={(outcome) => change({ outcome })}
        />
        <Choice
          label={t.step}
          width={210}
          value={filter.step}
          options={run.steps.map(({ step }) => ({ value: step, label: step }))}
          onChoose={(step) => change({ step })}
        />
        <Choice
          label={t.code}
          width={210}
          value={filter.code}
          options={[...new Set(run.errors.map(({ error }) => error.code))].map((value) => ({ value, label: value }))}
          onChoose={(code) => change({ code })}
        />
      </FilterBar>
      {pages.error && <ProblemView error={pages.error} onAgain={pages.again} />}
      {pages.items === undefined ? (
        !pages.error && <Skeleton active title={false} paragraph={{ rows: 8 }} />
      ) : loaded === 0 ? (
        <Nothing title={t.noItems} onClear={filtered ? clear : undefined} />
      ) : (
        <>
          <LongTable
            label={t.tabItems}
            columns={columns}
            count={loaded}
            total={pages.total}
            row={(index) => pages.items?.[index]}
            rowKey={(item) => String(item.row)}
            onView={onView}
            onOpen={(item) => change({ item: String(item.row) })}
            open={filter.item || undefined}
          />
          <Typography.Text type="secondary" aria-live="polite">
            {pages.total === undefined ? t.loadedItems(count(loaded)) : words.loaded(count(loaded), count(pages.total))}
            {pages.hasMore ? ' …' : ''}
          </Typography.Text>
        </>
      )}
      <ItemDrawer
        run={run.run}
        row={filter.item === '' ? undefined : Number(filter.item)}
        known={known}
        onClose={close}
      />
    </Flex>
  );
}

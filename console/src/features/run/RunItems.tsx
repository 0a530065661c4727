/** What became of each object? A long table; filters and the open item stand in the address. */
import { Flex, Form, InputNumber, Skeleton, Typography } from 'antd';
import { useMemo, useRef } from 'react';

import { useWindows } from '#/api/windows';
import { count } from '#/base/number';
import { useSay, useTexts } from '#/texts/language';
import { actions, kinds, outcomes, planned } from '#/texts/states';
import { Choice, FilterBar, SearchField } from '#/ui/FilterBar';
import { type LongColumn, type LongHandle, LongTable } from '#/ui/LongTable';
import { Nothing } from '#/ui/Nothing';
import { ProblemView } from '#/ui/ProblemView';
import { StateMark } from '#/ui/StateMark';

import { underway } from './counts.ts';
import { ItemDrawer } from './ItemDrawer.tsx';
import { type Item, type Run, accountOf, nameOf as calledOf, toldOf } from './queries.ts';
import type { ItemFilter } from './RunPage.tsx';
import { outcomeOf } from './stages.ts';
import { useStepNames } from './steps.ts';
import { runTexts } from './texts.ts';

/** The columns of the table; the same list as long as the language is. */
function useColumns(nameOf: (step: string) => string, planOnly: boolean): LongColumn<Item>[] {
  const t = useTexts(runTexts);
  const say = useSay();
  return useMemo(
    () => [
      {
        key: 'name',
        title: t.object,
        width: 'minmax(140px, 1.2fr)',
        render: (item) => <span data-value>{calledOf(item)}</span>,
      },
      {
        key: 'outcome',
        title: t.outcome,
        width: '130px',
        render: (item) => {
          const outcome = outcomeOf(item, planOnly);
          return outcome ? (
            <StateMark state={outcome} of={outcomes} />
          ) : (
            <StateMark state={item.planned} of={planned} />
          );
        },
      },
      {
        key: 'action',
        title: t.action,
        width: '120px',
        // What never came to a change has none.
        render: (item) => (item.action === 'none' ? '—' : <StateMark state={item.action} of={actions} />),
      },
      {
        key: 'target',
        title: t.account,
        width: 'minmax(120px, 1fr)',
        render: (item) => <span data-value>{accountOf(item)}</span>,
      },
      { key: 'step', title: t.step, width: '170px', render: (item) => <span data-value>{nameOf(item.step)}</span> },
      {
        key: 'why',
        title: t.why,
        width: 'minmax(240px, 3fr)',
        render: (item) => {
          const told = toldOf(item).map(({ reason }) => say(reason));
          return told.length > 0 ? (
            <span data-value title={told.join('\n')}>
              {told[0]}
            </span>
          ) : (
            ''
          );
        },
      },
    ],
    [t, say, nameOf, planOnly],
  );
}

/** The kinds of objects that it planned or counted, and what the address asks for. */
function kindsOf(run: Run, asked: string): string[] {
  return [...new Set([...Object.keys(run.planned), ...Object.keys(run.counts), ...(asked === '' ? [] : [asked])])];
}

/** The codes that its items can be found by: what went wrong, what its notices count, and what the address asks for. */
function codesOf(run: Run, asked: string): string[] {
  const counted = run.notices.flatMap(({ next }) => (next?.kind === 'list_items' && next.key ? [next.key] : []));
  return [...new Set([...run.errors.map(({ error }) => error.code), ...counted, ...(asked === '' ? [] : [asked])])];
}

/** The rows that a filter finds. Drawn anew with another filter: what the old one had loaded is of no use. */
function Rows(props: {
  run: Run;
  filter: ItemFilter;
  nameOf: (step: string) => string;
  onOpen: (row: string) => void;
  onClear: (() => void) | undefined;
}) {
  const { run, filter } = props;
  const t = useTexts(runTexts);
  const handle = useRef<LongHandle>(null);
  const columns = useColumns(props.nameOf, run.mode === 'plan');
  const rows = useWindows(
    '/runs/{id}/items',
    {
      path: { id: run.run },
      query: {
        brief: true,
        ...(filter.outcome ? { outcome: filter.outcome } : {}),
        ...(filter.kind ? { kind: filter.kind } : {}),
        ...(filter.step ? { step: filter.step } : {}),
        ...(filter.code ? { code: filter.code } : {}),
        ...(filter.find ? { find: filter.find } : {}),
      },
    },
    // Some screens of rows: the first of them are drawn sooner than with more, and the next ones come while these are read.
    { size: 60, every: underway(run.status) ? 2_000 : false },
  );
  if (rows.count === undefined) {
    if (rows.error) return <ProblemView error={rows.error} onAgain={rows.again} />;
    return <Skeleton active title={false} paragraph={{ rows: 8 }} />;
  }
  if (rows.count === 0) return <Nothing title={t.noItems} onClear={props.onClear} />;
  return (
    <>
      {rows.error && <ProblemView error={rows.error} onAgain={rows.again} />}
      <LongTable
        label={t.tabItems}
        columns={columns}
        count={rows.count}
        row={rows.row}
        rowKey={(item) => String(item.row)}
        onView={rows.onView}
        onOpen={(item) => props.onOpen(String(item.row))}
        open={filter.item || undefined}
        handle={handle}
      />
      <Flex gap={16} align="center" wrap>
        <Typography.Text type="secondary" aria-live="polite">
          {rows.open ? t.loadedItems(count(rows.count)) : t.itemsInAll(count(rows.count))}
        </Typography.Text>
        {rows.count > 200 && (
          <Form
            layout="inline"
            size="small"
            onFinish={({ place }: { place?: number }) => place && handle.current?.go(place - 1)}
          >
            <Form.Item name="place" label={t.goTo} style={{ marginInlineEnd: 0 }}>
              <InputNumber min={1} max={rows.count} precision={0} controls={false} style={{ width: 110 }} />
            </Form.Item>
          </Form>
        )}
      </Flex>
    </>
  );
}

export function RunItems(props: {
  run: Run;
  filter: ItemFilter;
  change: (change: Partial<ItemFilter>, how?: { replace?: boolean }) => void;
}) {
  const { run, filter, change } = props;
  const t = useTexts(runTexts);
  const say = useSay();
  const grid = useRef<HTMLDivElement>(null);
  const nameOf = useStepNames(run);
  const { outcome, kind, step, code, find } = filter;
  const filtered = [outcome, kind, step, code, find].some((asked) => asked !== '');
  const clear = () => change({ outcome: '', kind: '', step: '', code: '', find: '' });
  const close = () => {
    change({ item: '' });
    requestAnimationFrame(() => grid.current?.querySelector<HTMLElement>('[role=row][tabindex="0"]')?.focus());
  };
  return (
    <Flex vertical gap={12} ref={grid}>
      <FilterBar onClear={filtered ? clear : undefined}>
        <SearchField label={t.findItem} value={find} onSearch={(typed) => change({ find: typed }, { replace: true })} />
        <Choice
          label={t.outcome}
          value={outcome}
          options={Object.entries(outcomes).map(([value, text]) => ({ value, label: say(text) }))}
          onChoose={(chosen) => change({ outcome: chosen })}
        />
        <Choice
          label={t.kind}
          value={kind}
          options={kindsOf(run, kind).map((value) => ({ value, label: say(kinds[value]) || value }))}
          onChoose={(chosen) => change({ kind: chosen })}
        />
        <Choice
          label={t.step}
          width={210}
          value={step}
          options={run.steps.map((one) => ({ value: one.step, label: nameOf(one.step) }))}
          onChoose={(chosen) => change({ step: chosen })}
        />
        <Choice
          label={t.code}
          width={210}
          value={code}
          options={codesOf(run, code).map((value) => ({ value, label: value }))}
          onChoose={(chosen) => change({ code: chosen })}
        />
      </FilterBar>
      <Rows
        key={`${outcome} ${kind} ${step} ${code} ${find}`}
        run={run}
        filter={filter}
        nameOf={nameOf}
        onOpen={(item) => change({ item })}
        onClear={filtered ? clear : undefined}
      />
      <ItemDrawer
        run={run.run}
        planOnly={run.mode === 'plan'}
        stepName={nameOf}
        row={filter.item === '' ? undefined : Number(filter.item)}
        onClose={close}
      />
    </Flex>
  );
}

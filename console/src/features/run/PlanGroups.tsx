/** The changes of a plan, grouped by step and action; what takes access away comes last and open. */
import { useQuery } from '@tanstack/react-query';
import { Button, Collapse, Flex, Skeleton, Table, Tag, Typography } from 'antd';
import { useEffect } from 'react';

import type { components } from '#/api/contract';
import { type Pages, usePages } from '#/api/pages';
import { count } from '#/base/number';
import { common } from '#/texts/common';
import { Colon } from '#/ui/Colon';
import { useSay, useTexts } from '#/texts/language';
import { actions, planned } from '#/texts/states';
import { cards } from '#/ui/cards';
import { ProblemView } from '#/ui/ProblemView';
import { StateTag } from '#/ui/StateTag';

import { alikeInWords } from './counts.ts';
import { FieldDiff } from './FieldDiff.tsx';
import { linksOf } from './links.ts';
import { type Item, accountOf, nameOf as calledOf, pathOf, runQuery } from './queries.ts';
import { useStepNames } from './steps.ts';
import { runTexts } from './texts.ts';

type PlanGroup = components['schemas']['PlanGroup'];

function nameOf(group: Pick<PlanGroup, 'step' | 'action' | 'planned' | 'removes'>): string {
  return `${group.step} ${group.action} ${group.planned} ${String(group.removes)}`;
}

/** In a line: which fields change, and to what; or why not, and which other changes that is about. */
function Brief(props: { item: Item; others: readonly Item[] }) {
  const t = useTexts(runTexts);
  const say = useSay();
  const { item } = props;
  const others = props.others.map((other) => `${calledOf(other)} (${accountOf(other)})`);
  const also = others.length > 0 && (
    <Typography.Text type="secondary"> {t.seeAlso(others.slice(0, 5).join(t.join))}</Typography.Text>
  );
  if (item.error) {
    return (
      <span data-value>
        {say(item.error.reason)}
        {also}
      </span>
    );
  }
  const shown = item.diff.filter(({ minor }) => !minor);
  return (
    <span data-value>
      {shown.slice(0, 3).map((field) => (
        <span key={field.field} className="brief">
          {field.title ? say(field.title) : field.field}
          <Colon />
          {item.action === 'create' ? (
            ''
          ) : (
            <>
              <del>{field.in_words ? say(field.in_words.before) : ''}</del> →{' '}
            </>
          )}
          <ins>{field.in_words ? say(field.in_words.after) : JSON.stringify(field.after)}</ins>
          {item.action !== 'create' && alikeInWords(field, say) && <> {t.hiddenDiffers}</>}
        </span>
      ))}
      {shown.length > 3 && '…'}
      {also}
    </span>
  );
}

const notDone = { ...planned, conflict: { ...runTexts.conflict, tone: 'warn' } } as const;

/** So many rows of an open group are loaded without a click: what its first page shows. */
const enough = 50;

/** So many pages are read for that, of so many rows each; a group that begins later in a large plan waits for a click. */
const pagesUnasked = 10;
const pageSize = 500;

/** The row below a change: its fields. */
function expanded(item: Item) {
  return <FieldDiff fields={item.diff} />;
}

/** The changes of one group. Rows come in the order of the plan: those of later groups after those before. */
function Rows(props: {
  items: readonly Item[];
  /** Which changes have to do with which others, by row. */
  links: ReadonlyMap<number, Item[]>;
  label: string;
  /** Of what they are: a department has no account. */
  kind: string;
  count: number;
  /** Whether more is read without a click. */
  unasked: boolean;
  pages: Pick<Pages<Item>, 'busy' | 'more' | 'hasMore' | 'error'>;
}) {
  const t = useTexts(runTexts);
  const words = useTexts(common);
  const { pages, unasked } = props;
  const left = props.count - props.items.length;
  const wanted = unasked && pages.hasMore && pages.error === null && props.items.length < Math.min(props.count, enough);
  const { busy, more } = pages;
  useEffect(() => {
    if (wanted && !busy) more();
  }, [wanted, busy, more]);
  const rest = left > 0 && pages.hasMore && (
    <Flex gap={12} align="center">
      <Button onClick={more} loading={busy}>
        {words.more}
      </Button>
      <Typography.Text type="secondary">{t.rowsLeft(count(left))}</Typography.Text>
    </Flex>
  );
  if (props.items.length === 0 && left > 0) {
    // What stands above all groups says that it could not be read, and how to go on.
    if (pages.error !== null) return null;
    if (wanted || (busy && !pages.hasMore)) return <Skeleton active title={false} />;
    return rest || <Typography.Text type="secondary">{t.rowsGone}</Typography.Text>;
  }
  return (
    <Flex vertical gap={12}>
      <Table<Item>
        aria-label={props.label}
        className="cards"
        size="small"
        pagination={props.items.length > 50 ? { pageSize: 50, showSizeChanger: false } : false}
        scroll={{ x: 'max-content' }}
        rowKey={(item) => `${item.step} ${item.key}`}
        dataSource={[...props.items]}
        expandable={{
          expandedRowRender: expanded,
          rowExpandable: (item) => item.diff.length > 0,
        }}
        columns={cards<Item>([
          {
            title: t.object,
            key: 'name',
            render: (_, item) => <span data-value>{calledOf(item)}</span>,
          },
          {
            title: props.kind === 'user' ? t.account : t.placeOf,
            key: 'target',
            render: (_, item) => (
              <span data-value>{props.kind === 'user' ? accountOf(item) : (pathOf(item) ?? accountOf(item))}</span>
            ),
          },
          {
            title: t.what,
            key: 'what',
            render: (_, item) => <Brief item={item} others={props.links.get(item.row ?? 0) ?? []} />,
          },
        ])}
      />
      {rest}
    </Flex>
  );
}

/** Why the changes of a group are not done, in a word that is right for them: what waits or collides has no wrong data. */
function NotDone(props: { planned: keyof typeof planned; items: readonly Item[] }) {
  const collides = props.items.length > 0 && props.items.every(({ error }) => error?.class === 'conflict');
  return <StateTag state={props.planned === 'invalid' && collides ? 'conflict' : props.planned} of={notDone} />;
}

export function PlanGroups(props: { run: string; groups: readonly PlanGroup[] }) {
  const t = useTexts(runTexts);
  const say = useSay();
  const run = useQuery({ ...runQuery(props.run), refetchInterval: false });
  const stepName = useStepNames(run.data);
  const pages = usePages('/runs/{id}/plan/rows', { path: { id: props.run } }, { size: pageSize });
  const groups = props.groups.toSorted((a, b) => Number(a.removes) - Number(b.removes));
  const unasked = (pages.items?.length ?? 0) < pagesUnasked * pageSize;
  const rows = new Map<string, Item[]>();
  for (const item of pages.items ?? []) {
    const name = nameOf({ step: item.step, action: item.action, planned: item.planned ?? 'do', removes: item.removes });
    rows.set(name, [...(rows.get(name) ?? []), item]);
  }
  const links = linksOf(pages.items ?? []);
  return (
    <Flex vertical gap={12}>
      {pages.error && <ProblemView error={pages.error} onAgain={pages.again} />}
      <Collapse
        defaultActiveKey={groups.filter(({ removes }, index) => removes || index === 0).map(nameOf)}
        items={groups.map((group) => {
          // What is not done is called by why: it may not be there at all.
          const word =
            group.action === 'none' && group.planned !== 'do' ? planned[group.planned] : actions[group.action];
          const label = t.planGroup(say(word), t.things(group.count, group.kind), stepName(group.step));
          const found = rows.get(nameOf(group)) ?? [];
          return {
            key: nameOf(group),
            label: (
              <Flex gap={8} wrap align="center">
                <Typography.Text strong {...(group.removes ? { type: 'danger' as const } : {})}>
                  {label}
                </Typography.Text>
                {group.planned !== 'do' && <NotDone planned={group.planned} items={found} />}
                {group.removes && <Tag color="error">{t.planRemoves}</Tag>}
              </Flex>
            ),
            children: (
              <Rows
                items={found}
                links={links}
                label={label}
                kind={group.kind}
                count={group.count}
                unasked={unasked}
                pages={pages}
              />
            ),
          };
        })}
      />
    </Flex>
  );
}

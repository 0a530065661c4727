/** A list as a real table, page by page: skeleton, problem, nothing there, nothing matches, more. */
import { Button, Checkbox, Flex, Grid, Skeleton, Table, type TableProps, Typography } from 'antd';
import type { ReactNode } from 'react';

import type { Pages } from '#/api/pages';
import { count } from '#/base/number';
import { common } from '#/texts/common';
import { useTexts } from '#/texts/language';

import { cards } from './cards.ts';
import { ableOf } from './choice.ts';
import { Nothing } from './Nothing.tsx';
import { ProblemView } from './ProblemView.tsx';

/** Cards have no row of headings: what chooses all of them stands above. */
function ChooseAll<T extends object>(props: {
  rows: readonly T[];
  rowKey: (row: T) => string;
  selection: NonNullable<TableProps<T>['rowSelection']>;
}) {
  const t = useTexts(common);
  const { rows, selection } = props;
  const { able, all, some } = ableOf(rows, props.rowKey, selection);
  return (
    <Checkbox
      checked={all}
      indeterminate={some}
      disabled={able.length === 0}
      onChange={({ target }) =>
        selection.onChange?.(target.checked ? able.map(props.rowKey) : [], target.checked ? [...able] : [], {
          type: 'all',
        })
      }
    >
      {t.chooseAll(count(able.length))}
    </Checkbox>
  );
}

export function ListTable<T extends object>(props: {
  label: string;
  pages: Pages<T>;
  columns: NonNullable<TableProps<T>['columns']>;
  rowKey: (row: T) => string;
  /** What stands where nothing is. */
  nothing: ReactNode;
  next?: ReactNode;
  /** Takes the filters away; given where there are some. */
  onClear?: (() => void) | undefined;
  selection?: TableProps<T>['rowSelection'];
  expandable?: TableProps<T>['expandable'];
}) {
  const t = useTexts(common);
  const { pages, selection } = props;
  const narrow = !(Grid.useBreakpoint().md ?? true);
  if (pages.items === undefined) {
    if (pages.error) return <ProblemView error={pages.error} onAgain={pages.again} />;
    return <Skeleton active title={false} paragraph={{ rows: 8 }} />;
  }
  return (
    <Flex vertical gap={12}>
      {pages.error && <ProblemView error={pages.error} onAgain={pages.again} />}
      {selection && narrow && <ChooseAll rows={pages.items} rowKey={props.rowKey} selection={selection} />}
      <Table<T>
        aria-label={props.label}
        className="cards"
        size="small"
        pagination={false}
        scroll={{ x: 'max-content' }}
        columns={cards(props.columns)}
        dataSource={[...pages.items]}
        rowKey={props.rowKey}
        locale={{
          emptyText: pages.hasMore ? (
            <Nothing title={t.noneSoFar} />
          ) : (
            <Nothing title={props.nothing} next={props.next} onClear={props.onClear} />
          ),
        }}
        {...(selection ? { rowSelection: selection } : {})}
        {...(props.expandable ? { expandable: props.expandable } : {})}
      />
      {pages.hasMore && (
        <Flex gap={12} align="center">
          <Button onClick={pages.more} loading={pages.busy}>
            {t.more}
          </Button>
          {pages.total !== undefined && (
            <Typography.Text type="secondary">
              {t.loaded(count(pages.items.length), count(pages.total))}
            </Typography.Text>
          )}
        </Flex>
      )}
    </Flex>
  );
}

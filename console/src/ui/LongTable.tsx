/** A table of a hundred thousand rows: only those in view are drawn, and asked for. Keyboard as in any grid. */
import { useVirtualizer } from '@tanstack/react-virtual';
import { theme } from 'antd';
import {
  type KeyboardEvent,
  type ReactNode,
  type Ref,
  memo,
  useCallback,
  useEffect,
  useImperativeHandle,
  useRef,
  useState,
} from 'react';

export interface LongColumn<T> {
  key: string;
  title: ReactNode;
  /** A track of a CSS grid: `120px`, `minmax(160px, 2fr)`. */
  width: string;
  render: (row: T) => ReactNode;
}

/** What can be asked of a table that is drawn. */
export interface LongHandle {
  /** Goes to a place, and puts the focus there. */
  go: (index: number) => void;
}

export interface LongTableProps<T> {
  label: string;
  /** Made once: a new list draws every row again. */
  columns: readonly LongColumn<T>[];
  /** How many rows the bar covers. */
  count: number;
  /** How many rows there are in all, where more can be loaded. */
  total?: number | undefined;
  /** The row, or undefined while it is on its way. */
  row: (index: number) => T | undefined;
  rowKey: (row: T) => string;
  /** Which rows are in view. */
  onView?: (first: number, last: number) => void;
  onOpen?: ((row: T, index: number) => void) | undefined;
  open?: string | undefined;
  height?: number;
  handle?: Ref<LongHandle>;
}

const rowHeight = 40;

interface LineProps<T> {
  row: T | undefined;
  index: number;
  columns: readonly LongColumn<T>[];
  tracks: string;
  opened: boolean;
  reached: boolean;
  opens: boolean;
  onFocus: (index: number) => void;
  onOpen: (index: number) => void;
}

function Line<T>(props: LineProps<T>) {
  const { index, row } = props;
  return (
    <div
      role="row"
      data-row={index}
      aria-rowindex={index + 2}
      aria-selected={props.opened}
      aria-busy={row === undefined}
      tabIndex={props.reached ? 0 : -1}
      onFocus={() => props.onFocus(index)}
      onClick={() => props.onOpen(index)}
      className={`long-row${props.opens ? ' long-opens' : ''}${props.opened ? ' long-opened' : ''}`}
      style={{ gridTemplateColumns: props.tracks, top: index * rowHeight, height: rowHeight }}
    >
      {props.columns.map((column) => (
        <div key={column.key} role="gridcell" className="cell">
          {row === undefined ? '…' : column.render(row)}
        </div>
      ))}
    </div>
  );
}

// A row that stays in view is not drawn again while others come and go.
const KeptLine = memo(Line) as typeof Line;

export function LongTable<T>(props: LongTableProps<T>) {
  const { token } = theme.useToken();
  const box = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(0);
  const { onView } = props;
  // oxlint-disable-next-line react/incompatible-library -- what must not be drawn again is memoized by itself
  const virtual = useVirtualizer({
    count: props.count,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    overscan: 8,
  });
  const shown = virtual.getVirtualItems();
  const first = shown[0]?.index ?? 0;
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => {
    onView?.(first, last);
  }, [onView, first, last]);
  const tracks = props.columns.map((column) => column.width).join(' ');
  // Rows call what is newest without being drawn again for it.
  const newest = useRef(props);
  useEffect(() => {
    newest.current = props;
  });
  const opens = useCallback((index: number) => {
    const now = newest.current;
    const row = now.row(index);
    if (row !== undefined) now.onOpen?.(row, index);
  }, []);
  const go = (index: number) => {
    const to = Math.max(0, Math.min(props.count - 1, index));
    setActive(to);
    virtual.scrollToIndex(to);
    requestAnimationFrame(() => box.current?.querySelector<HTMLElement>(`[data-row="${to}"]`)?.focus());
  };
  useImperativeHandle(props.handle, () => ({ go }));
  const page = Math.max(1, Math.floor((props.height ?? 520) / rowHeight) - 2);
  const press = (event: KeyboardEvent) => {
    const steps: Record<string, number> = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + page,
      PageUp: active - page,
      Home: 0,
      End: props.count - 1,
    };
    const to = steps[event.key];
    if (to !== undefined) {
      event.preventDefault();
      go(to);
    } else if (event.key === 'Enter' && event.target instanceof HTMLElement && event.target.dataset['row']) {
      opens(active);
    }
  };
  const line = `1px solid ${token.colorBorderSecondary}`;
  return (
    <div
      ref={box}
      role="grid"
      tabIndex={-1}
      aria-label={props.label}
      aria-rowcount={(props.total ?? props.count) + 1}
      aria-colcount={props.columns.length}
      onKeyDown={press}
      className="long-table"
      style={{
        height: Math.min(props.height ?? 520, (props.count + 1) * rowHeight + 2),
        border: line,
        borderRadius: token.borderRadius,
        background: token.colorBgContainer,
        ['--row-line' as string]: token.colorBorderSecondary,
        ['--row-opened' as string]: token.colorPrimaryBg,
        ['--row-head' as string]: token.colorBgElevated,
      }}
    >
      <div role="rowgroup" className="long-head">
        <div role="row" aria-rowindex={1} style={{ gridTemplateColumns: tracks, height: rowHeight }}>
          {props.columns.map((column) => (
            <div key={column.key} role="columnheader" className="cell">
              {column.title}
            </div>
          ))}
        </div>
      </div>
      <div role="rowgroup" style={{ height: virtual.getTotalSize(), position: 'relative', minWidth: 'max-content' }}>
        {shown.map(({ index }) => {
          const row = props.row(index);
          return (
            <KeptLine<T>
              key={index}
              row={row}
              index={index}
              columns={props.columns}
              tracks={tracks}
              opened={row !== undefined && props.open !== undefined && props.rowKey(row) === props.open}
              reached={index === Math.min(active, props.count - 1)}
              opens={props.onOpen !== undefined}
              onFocus={setActive}
              onOpen={opens}
            />
          );
        })}
      </div>
    </div>
  );
}

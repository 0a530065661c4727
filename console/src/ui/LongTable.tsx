/** A table of a hundred thousand rows: only those in view are drawn, and asked for. Keyboard as in any grid. */
import { useVirtualizer } from '@tanstack/react-virtual';
import { theme } from 'antd';
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from 'react';

export interface LongColumn<T> {
  key: string;
  title: ReactNode;
  /** A track of a CSS grid: `120px`, `minmax(160px, 2fr)`. */
  width: string;
  render: (row: T) => ReactNode;
}

export interface LongTableProps<T> {
  label: string;
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
}

const rowHeight = 40;

export function LongTable<T>(props: LongTableProps<T>) {
  const { token } = theme.useToken();
  const box = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(0);
  const { onView } = props;
  // oxlint-disable-next-line react/incompatible-library -- nothing here is memoized
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
  const go = (index: number) => {
    const to = Math.max(0, Math.min(props.count - 1, index));
    setActive(to);
    virtual.scrollToIndex(to);
    requestAnimationFrame(() => box.current?.querySelector<HTMLElement>(`[data-row="${to}"]`)?.focus());
  };
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
      const row = props.row(active);
      if (row !== undefined) props.onOpen?.(row, active);
    }
  };
  const grid = { display: 'grid', gridTemplateColumns: tracks, alignItems: 'center', columnGap: 12 } as const;
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
      style={{
        height: Math.min(props.height ?? 520, (props.count + 1) * rowHeight + 2),
        overflow: 'auto',
        border: line,
        borderRadius: token.borderRadius,
        background: token.colorBgContainer,
      }}
    >
      <div role="rowgroup" style={{ position: 'sticky', top: 0, zIndex: 1, minWidth: 'max-content' }}>
        <div
          role="row"
          aria-rowindex={1}
          style={{
            ...grid,
            height: rowHeight,
            padding: '0 12px',
            fontWeight: 600,
            background: token.colorBgElevated,
            borderBottom: line,
          }}
        >
          {props.columns.map((column) => (
            <div key={column.key} role="columnheader" className="cell">
              {column.title}
            </div>
          ))}
        </div>
      </div>
      <div role="rowgroup" style={{ height: virtual.getTotalSize(), position: 'relative', minWidth: 'max-content' }}>
        {shown.map((item) => {
          const row = props.row(item.index);
          const opened = row !== undefined && props.open !== undefined && props.rowKey(row) === props.open;
          return (
            <div
              key={item.key}
              role="row"
              data-row={item.index}
              aria-rowindex={item.index + 2}
              aria-selected={opened}
              tabIndex={item.index === Math.min(active, props.count - 1) ? 0 : -1}
              onFocus={() => setActive(item.index)}
              onClick={() => row !== undefined && props.onOpen?.(row, item.index)}
              className="long-row"
              style={{
                ...grid,
                position: 'absolute',
                insetInline: 0,
                top: 0,
                height: rowHeight,
                padding: '0 12px',
                transform: `translateY(${item.start}px)`,
                borderBottom: line,
                cursor: props.onOpen ? 'pointer' : 'default',
                ...(opened ? { background: token.colorPrimaryBg } : {}),
              }}
            >
              {props.columns.map((column) => (
                <div key={column.key} role="gridcell" className="cell">
                  {row === undefined ? '…' : column.render(row)}
                </div>
              ))}
            </div>
          );
        })}
      </div>
    </div>
  );
}

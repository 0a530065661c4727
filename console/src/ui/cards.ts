/** How does a table become cards on a narrow screen? Each cell knows the heading of its column; the style sheet does the rest. */
import type { TableProps } from 'antd';
import type { TdHTMLAttributes } from 'react';

type Columns<T> = NonNullable<TableProps<T>['columns']>;

/** The columns, with their headings on every cell. A table that takes them has the class `cards`. */
export function cards<T>(columns: Columns<T>): Columns<T> {
  return columns.map((column) => {
    const label = typeof column.title === 'string' ? column.title : '';
    return { ...column, onCell: () => ({ 'data-label': label }) as TdHTMLAttributes<unknown> };
  });
}

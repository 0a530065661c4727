/** What a query brought: a skeleton before, the problem in its place, old data with a line above it when asking again failed. */
import type { UseQueryResult } from '@tanstack/react-query';
import { Skeleton } from 'antd';
import type { ReactNode } from 'react';

import { ProblemView } from './ProblemView.tsx';

export function Loaded<T>(props: { query: UseQueryResult<T>; rows?: number; children: (data: T) => ReactNode }) {
  const { query } = props;
  const again = () => void query.refetch();
  if (query.data === undefined) {
    if (query.error) return <ProblemView error={query.error} onAgain={again} />;
    return <Skeleton active title={false} paragraph={{ rows: props.rows ?? 6 }} />;
  }
  return (
    <>
      {query.error && <ProblemView error={query.error} onAgain={again} />}
      {props.children(query.data)}
    </>
  );
}

/** That choices could not be read, beside their field: without it an empty list says that there are none. */
export function Unread(props: { query: Pick<UseQueryResult, 'error' | 'refetch'> }) {
  const { query } = props;
  return query.error ? <ProblemView error={query.error} onAgain={() => void query.refetch()} /> : null;
}

/** Does a plan make departments that are there already? They came from elsewhere, and the file would get a second set beside them. */
import { useQuery } from '@tanstack/react-query';
import { Alert } from 'antd';

import { usePages } from '#/api/pages';
import { count } from '#/base/number';
import { departmentsQuery } from '#/features/directory/shared';
import { useTexts } from '#/texts/language';

import { doubledOf } from './columns.ts';
import { uploadTexts } from './texts.ts';

export function Doubled(props: { run: string }) {
  const t = useTexts(uploadTexts);
  const departments = useQuery(departmentsQuery());
  // The rows that the groups below show; departments come first among them.
  const rows = usePages('/runs/{id}/plan/rows', { path: { id: props.run } }, { size: 500 });
  const doubled = doubledOf(rows.items ?? [], departments.data ?? []);
  if (doubled.length === 0) return null;
  return (
    <Alert
      type="warning"
      showIcon
      role="alert"
      title={t.doubled(count(doubled.length))}
      description={
        <>
          <div data-value>{doubled.slice(0, 5).join(t.comma)}</div>
          {t.doubledHelp}
        </>
      }
    />
  );
}

/** Which people? Found by name, pinyin, account or number; those that are chosen already are shown by name. */
import { useQueries, useQuery } from '@tanstack/react-query';
import { Select } from 'antd';
import { useState } from 'react';

import { read } from '#/api/client';
import { useTexts } from '#/texts/language';
import { Unread } from '#/ui/Loaded';

import { departmentsQuery, objectQuery, textOf } from './queries.ts';
import { directoryTexts } from './texts.ts';
import { departmentsOf } from './tree.ts';

export function PersonPick(props: {
  value?: readonly string[];
  onChange?: (value: string[]) => void;
  id?: string;
  /** Who is no choice: nobody is their own manager. */
  except?: string | undefined;
}) {
  const t = useTexts(directoryTexts);
  const [find, setFind] = useState('');
  const value = props.value ?? [];
  const found = useQuery({
    ...read('/directory/objects', { query: { kind: 'user', limit: 20, ...(find ? { find } : {}) } }),
    placeholderData: (before) => before,
  });
  const departments = useQuery(departmentsQuery());
  const names = new Map((departments.data ?? []).map(({ id, name }) => [id, name]));
  const chosen = useQueries({ queries: value.map((id) => objectQuery(id, false)) });
  const labels = new Map(value.map((id, index) => [id, chosen[index]?.data?.label ?? id]));
  const options = (found.data?.items ?? [])
    .filter(({ id }) => id !== props.except && !labels.has(id))
    .map((one) => {
      const of = departmentsOf(one, names).join(t.comma);
      const called = `${textOf(one, 'name')} ${textOf(one, 'username')}`.trim();
      return { value: one.id, label: of === '' ? called : `${called} · ${of}` };
    });
  return (
    <>
      <Select<string[]>
        {...(props.id ? { id: props.id } : {})}
        mode="multiple"
        allowClear
        placeholder={t.find}
        showSearch={{ filterOption: false, onSearch: setFind }}
        value={[...value]}
        options={[...value.map((id) => ({ value: id, label: labels.get(id) ?? id })), ...options]}
        onChange={(ids) => props.onChange?.(ids)}
      />
      <Unread query={found} />
    </>
  );
}

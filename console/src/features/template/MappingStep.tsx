/** Which field there gets what from here? Each rule beside the values of a real person. */
import { useQuery } from '@tanstack/react-query';
import { Card, Flex, Table, Typography } from 'antd';
import { useState } from 'react';

import { usePages } from '#/api/pages';
import { type Entry, departmentsQuery, textOf } from '#/features/directory/shared';
import { useTexts } from '#/texts/language';
import { SearchField } from '#/ui/FilterBar';
import { ProblemView } from '#/ui/ProblemView';

import type { Mapping, Rule } from './content.ts';
import { templateTexts } from './texts.ts';

/** A value of a source in words; departments by their names. */
function shown(value: unknown, names: ReadonlyMap<string, string>): string {
  if (value === null || value === undefined || value === '') return '';
  if (Array.isArray(value))
    return value
      .map((one) => shown(one, names))
      .filter(Boolean)
      .join(', ');
  if (typeof value === 'object') {
    const { name, department } = value as { name?: unknown; department?: unknown };
    return shown(name ?? department ?? JSON.stringify(value), names);
  }
  return typeof value === 'string' ? (names.get(value) ?? value) : JSON.stringify(value);
}

function Rules(props: { mapping: Mapping; sample: Entry | undefined; names: ReadonlyMap<string, string> }) {
  const t = useTexts(templateTexts);
  const { mapping, sample, names } = props;
  return (
    <Card size="small" title={<h2 className="part">{t.mappingOf(mapping.to)}</h2>}>
      <Table<Rule>
        aria-label={t.mappingOf(mapping.to)}
        size="small"
        pagination={false}
        scroll={{ x: 'max-content' }}
        rowKey="field"
        dataSource={[...mapping.rules]}
        columns={[
          { title: t.field, key: 'field', render: (_, { field }) => <Typography.Text code>{field}</Typography.Text> },
          {
            title: t.rule,
            key: 'rule',
            render: (_, { value }) => (
              <Typography.Text code data-value style={{ whiteSpace: 'pre-wrap' }}>
                {value}
              </Typography.Text>
            ),
          },
          {
            title: t.sample,
            key: 'sample',
            render: (_, { reads }) => (
              <span data-value>
                {sample === undefined
                  ? '—'
                  : reads.map((field) => `${field}: ${shown(sample[field], names) || t.noValue}`).join(' · ') || '—'}
              </span>
            ),
          },
        ]}
      />
    </Card>
  );
}

export function MappingStep(props: { mappings: readonly Mapping[] }) {
  const t = useTexts(templateTexts);
  const [find, setFind] = useState('');
  const people = usePages('/directory/objects', { query: { kind: 'user', ...(find ? { find } : {}) } }, { size: 1 });
  const departments = useQuery(departmentsQuery());
  const names = new Map((departments.data ?? []).map(({ id, name }) => [id, name]));
  const person = people.items?.[0];
  const first = departments.data?.find(({ parent }) => parent !== undefined) ?? departments.data?.[0];
  const sampleOf = (from: string): Entry | undefined => {
    if (from === 'directory/user') return person;
    return from === 'directory/department' && first ? { ...first } : undefined;
  };
  return (
    <Flex vertical gap={16}>
      <Flex gap={12} align="center" wrap>
        <SearchField label={t.preview} value={find} onSearch={setFind} width={320} />
        {person && (
          <Typography.Text strong data-value>
            {textOf(person, 'name')} {textOf(person, 'username')}
          </Typography.Text>
        )}
      </Flex>
      {people.error && <ProblemView error={people.error} onAgain={people.again} />}
      {props.mappings
        .toSorted((a, b) => Number(b.from.endsWith('user')) - Number(a.from.endsWith('user')))
        .map((mapping) => (
          <Rules key={mapping.name} mapping={mapping} sample={sampleOf(mapping.from)} names={names} />
        ))}
      <Typography.Text type="secondary">{t.mappingLater}</Typography.Text>
    </Flex>
  );
}

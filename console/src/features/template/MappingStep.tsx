/** Which field there gets what from here? Each rule beside what it makes of a real person, as the server works it out. */
import { useQuery } from '@tanstack/react-query';
import { Card, Flex, Table, Typography } from 'antd';
import { useState } from 'react';

import type { components } from '#/api/contract';
import { usePages } from '#/api/pages';
import { type Entry, departmentsQuery, textOf } from '#/features/directory/shared';
import { common } from '#/texts/common';
import { useSay, useTexts } from '#/texts/language';
import { cards } from '#/ui/cards';
import { SearchField } from '#/ui/FilterBar';
import { ProblemView } from '#/ui/ProblemView';

import type { Mapping, Rule } from './content.ts';
import { previewQuery } from './queries.ts';
import { templateTexts } from './texts.ts';

type Field = components['schemas']['PreviewField'];

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

/** What a field is called; the rules about its value stand in its title. */
function short(title: string): string {
  return title.split(/[，；,;]/)[0] ?? title;
}

function quiet(words: string) {
  return <Typography.Text type="secondary">{words}</Typography.Text>;
}

/** What a rule makes of the person: the value, or in words why there is none. */
function Made(props: {
  field: Field | undefined;
  rule: Rule;
  sample: Entry | undefined;
  names: ReadonlyMap<string, string>;
}) {
  const t = useTexts(templateTexts);
  const words = useTexts(common);
  const say = useSay();
  const { field, rule, sample, names } = props;
  const read =
    sample === undefined
      ? ''
      : rule.reads
          .map((name) => shown(sample[name], names))
          .join(' ')
          .trim();
  if (field === undefined) return <span data-value>{read || '—'}</span>;
  if (field.outcome === 'value') {
    if (typeof field.value === 'boolean') return field.value ? words.yes : words.no;
    const value = shown(field.value, names);
    return value === '' ? quiet(t.cleared) : <span data-value>{value}</span>;
  }
  // It refers to other objects, whose keys there are known in the plan: shown is what it refers to.
  if (field.outcome === 'later') {
    return read !== '' && rule.value.includes('target_id') ? <span data-value>{read}</span> : quiet(t.later);
  }
  if (field.outcome === 'wrong') {
    return (
      <Typography.Text type="danger" data-value>
        {say(field.error?.reason)}
      </Typography.Text>
    );
  }
  return quiet(field.outcome === 'skipped' ? t.skipped : t.leftOut);
}

function Rules(props: {
  text: string;
  mapping: Mapping;
  sample: Entry | undefined;
  names: ReadonlyMap<string, string>;
}) {
  const t = useTexts(templateTexts);
  const say = useSay();
  const { mapping, sample, names } = props;
  const made = useQuery({
    ...previewQuery(props.text, mapping.name, sample?.id ?? ''),
    enabled: sample !== undefined,
    placeholderData: (before) => before,
  });
  const fields = new Map((made.data?.fields ?? []).map((field) => [field.field, field]));
  return (
    <Card size="small" title={<h2 className="part">{t.mappingOf(mapping.to)}</h2>}>
      {made.error && <ProblemView error={made.error} onAgain={() => void made.refetch()} />}
      <Table<Rule>
        aria-label={t.mappingOf(mapping.to)}
        className="cards"
        size="small"
        pagination={false}
        scroll={{ x: 'max-content' }}
        rowKey="field"
        dataSource={[...mapping.rules]}
        columns={cards<Rule>([
          {
            title: t.field,
            key: 'field',
            render: (_, { field }) => (
              <Flex gap={8} align="baseline" wrap>
                <span data-value title={say(fields.get(field)?.title)}>
                  {short(say(fields.get(field)?.title))}
                </span>
                <Typography.Text code>{field}</Typography.Text>
              </Flex>
            ),
          },
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
            title: t.result,
            key: 'result',
            render: (_, rule) => <Made field={fields.get(rule.field)} rule={rule} sample={sample} names={names} />,
          },
        ])}
      />
    </Card>
  );
}

export function MappingStep(props: { text: string; mappings: readonly Mapping[] }) {
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
        {find !== '' && people.items?.length === 0 && !people.hasMore && (
          <Typography.Text type="warning">{t.noPerson}</Typography.Text>
        )}
      </Flex>
      {people.error && <ProblemView error={people.error} onAgain={people.again} />}
      {props.mappings
        .toSorted((a, b) => Number(b.from.endsWith('user')) - Number(a.from.endsWith('user')))
        .map((mapping) => (
          <Rules key={mapping.name} text={props.text} mapping={mapping} sample={sampleOf(mapping.from)} names={names} />
        ))}
      <Typography.Text type="secondary">{t.mappingLater}</Typography.Text>
    </Flex>
  );
}

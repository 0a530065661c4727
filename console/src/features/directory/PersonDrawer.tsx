/** One person: every field, where they are linked, and what went wrong with them. */
import { useQueries, useQuery } from '@tanstack/react-query';
import { Button, Drawer, Flex, Typography } from 'antd';
import { useState } from 'react';

import { read } from '#/api/client';
import { useMay } from '#/api/session';
import { common } from '#/texts/common';
import { useSay, useTexts } from '#/texts/language';
import { Moment } from '#/ui/Moment';
import { Nothing } from '#/ui/Nothing';
import { ProblemView } from '#/ui/ProblemView';
import { StateTag } from '#/ui/StateTag';

import { type Department, type Entry, departmentsQuery, personQuery, textOf } from './queries.ts';
import { directoryTexts, fieldNames, personStates } from './texts.ts';
import { pathOf } from './tree.ts';
import { Why } from './Why.tsx';

/** A value of a person in words. */
function Value(props: { field: string; value: unknown; departments: readonly Department[] }) {
  const t = useTexts(directoryTexts);
  const words = useTexts(common);
  const { field, value } = props;
  if (value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0)) {
    return <Typography.Text type="secondary">{words.empty}</Typography.Text>;
  }
  if (field === 'status' && typeof value === 'string') return <StateTag state={value} of={personStates} />;
  if (field === 'departments' && Array.isArray(value)) {
    const of = value as { department?: string; leader?: boolean }[];
    return of.map(({ department, leader }) => (
      <div key={department}>
        <span data-value>{pathOf(props.departments, department ?? '')}</span>
        {leader ? ` · ${t.leader}` : ''}
      </div>
    ));
  }
  if ((field === 'primary_department' || field === 'parent') && typeof value === 'string') {
    return <span data-value>{pathOf(props.departments, value)}</span>;
  }
  return <span data-value>{typeof value === 'string' ? value : JSON.stringify(value)}</span>;
}

function Links(props: { person: Entry }) {
  const t = useTexts(directoryTexts);
  const connections = useQuery(read('/connections', { query: { limit: 100 } }));
  const find = textOf(props.person, 'name');
  const found = useQueries({
    queries: (connections.data?.items ?? []).map(({ name }) =>
      read('/links', { query: { connection: name, find, limit: 50 } }),
    ),
  });
  const links = found.flatMap(({ data }) => data?.items ?? []).filter(({ other }) => other === props.person.id);
  if (links.length === 0) return <Nothing small title={t.noLinks} />;
  return (
    <ul className="plain">
      {links.map((link) => (
        <li key={`${link.connection} ${link.key}`}>
          <code data-value>{link.connection}</code> → <code data-value>{link.key}</code>{' '}
          <Typography.Text type="secondary">
            {t.since} <Moment time={link.since} />
          </Typography.Text>
        </li>
      ))}
    </ul>
  );
}

export function PersonDrawer(props: { id: string; known: Entry | undefined; onClose: () => void }) {
  const t = useTexts(directoryTexts);
  const say = useSay();
  const seesLinks = useMay('link:view');
  const seesRuns = useMay('run:view');
  const seesAll = useMay('pii:read');
  const [reveal, setReveal] = useState(false);
  const departments = useQuery(departmentsQuery());
  const find = props.known ? textOf(props.known, 'username') || textOf(props.known, 'name') : props.id;
  const shown = useQuery({
    ...personQuery(find, reveal),
    enabled: props.id !== '' && (reveal || props.known === undefined),
  });
  const person =
    (reveal ? shown.data?.items.find(({ id }) => id === props.id) : undefined) ?? props.known ?? shown.data?.items[0];
  const names: Record<string, { zh: string; en: string }> = fieldNames;
  return (
    <Drawer
      open={props.id !== ''}
      size={560}
      title={<span data-value>{person ? textOf(person, 'name') : props.id}</span>}
      onClose={() => {
        setReveal(false);
        props.onClose();
      }}
      extra={
        seesAll && !reveal ? (
          <Button size="small" title={t.revealNote} onClick={() => setReveal(true)}>
            {t.reveal}
          </Button>
        ) : null
      }
    >
      <Flex vertical gap={16}>
        {shown.error && <ProblemView error={shown.error} />}
        {person && (
          <table className="diff">
            <thead>
              <tr>
                <th scope="col">{t.field}</th>
                <th scope="col">{t.value}</th>
              </tr>
            </thead>
            <tbody>
              {Object.entries(person).map(([field, value]) => (
                <tr key={field}>
                  <th scope="row">{names[field] ? say(names[field]) : <code>{field}</code>}</th>
                  <td>
                    <Value field={field} value={value} departments={departments.data ?? []} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        {person && seesLinks && (
          <section>
            <Typography.Title level={3} className="part">
              {t.links}
            </Typography.Title>
            <Links person={person} />
          </section>
        )}
        {person && seesRuns && (
          <section>
            <Typography.Title level={3} className="part">
              {t.why}
            </Typography.Title>
            <Why person={person.id} />
          </section>
        )}
      </Flex>
    </Drawer>
  );
}

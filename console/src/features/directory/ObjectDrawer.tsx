/** One person or department: every field with who fills it, what can be done, links, what happened, and why. */
import { LockOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Button, Drawer, Flex, Typography } from 'antd';
import { type ReactNode, useState } from 'react';
import { Link } from 'react-router';

import { useMay } from '#/api/session';
import { common } from '#/texts/common';
import { useSay, useTexts } from '#/texts/language';
import { Loaded } from '#/ui/Loaded';
import { Moment } from '#/ui/Moment';
import { Nothing } from '#/ui/Nothing';
import { StateTag } from '#/ui/StateTag';
import { useLinks } from '#/ui/zone';

import { ownOf } from './changes.ts';
import { By, History } from './History.tsx';
import { ObjectDeeds } from './ObjectDeeds.tsx';
import { type Detail, type DirectoryField, objectQuery } from './queries.ts';
import { directoryTexts, personStates } from './texts.ts';
import { Why } from './Why.tsx';

/** A person by name, with the way to them. */
function Named(props: { id: string }) {
  const links = useLinks();
  const found = useQuery(objectQuery(props.id, false));
  return (
    <Link to={links.people({ person: props.id })} data-value>
      {found.data?.label ?? props.id}
    </Link>
  );
}

/** A value in words. */
function Value(props: { field: DirectoryField; object: Detail }) {
  const t = useTexts(directoryTexts);
  const words = useTexts(common);
  const { name } = props.field;
  const value: unknown = props.field.value;
  const pathOf = (id: string) => props.object.departments.find((one) => one.id === id)?.path ?? id;
  if (value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0)) {
    return <Typography.Text type="secondary">{words.empty}</Typography.Text>;
  }
  if (name === 'status' && typeof value === 'string') return <StateTag state={value} of={personStates} />;
  if (name === 'departments' && Array.isArray(value)) {
    const of = value as { department?: string; leader?: boolean }[];
    return of.map(({ department, leader }) => (
      <div key={department}>
        <span data-value>{pathOf(department ?? '')}</span>
        {leader ? ` · ${t.leader}` : ''}
      </div>
    ));
  }
  if ((name === 'primary_department' || name === 'parent') && typeof value === 'string') {
    return <span data-value>{pathOf(value)}</span>;
  }
  if (name === 'managers' && Array.isArray(value)) {
    return (value as string[]).map((id) => (
      <div key={id}>
        <Named id={id} />
      </div>
    ));
  }
  if (name === 'custom') {
    return ownOf(value).map((own) => (
      <div key={own.name} data-value>
        {own.name}: {own.value}
      </div>
    ));
  }
  if (name === 'gender') return value === 'male' ? t.male : t.female;
  return <span data-value>{typeof value === 'string' ? value : JSON.stringify(value)}</span>;
}

function Fields(props: { object: Detail }) {
  const t = useTexts(directoryTexts);
  const say = useSay();
  return (
    <table className="diff cards-plain">
      <thead>
        <tr>
          <th scope="col">{t.field}</th>
          <th scope="col">{t.value}</th>
          <th scope="col">{t.origin}</th>
        </tr>
      </thead>
      <tbody>
        {props.object.fields.map((field) => (
          <tr key={field.name}>
            <th scope="row">{say(field.title)}</th>
            <td data-label={t.value}>
              <Value field={field} object={props.object} />
            </td>
            <td data-label={t.origin}>
              {field.master ? (
                <span title={t.masterOf(say(field.master.name))}>
                  <LockOutlined aria-label={t.masterOf(say(field.master.name))} />{' '}
                  <By writer={field.origin ?? { workflow: field.master.workflow, workflow_name: field.master.name }} />
                </span>
              ) : (
                field.origin && <By writer={field.origin} />
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Part(props: { title: string; children: ReactNode }) {
  return (
    <section>
      <Typography.Title level={3} className="part">
        {props.title}
      </Typography.Title>
      {props.children}
    </section>
  );
}

function Body(props: { object: Detail; reveal: boolean }) {
  const { object } = props;
  const t = useTexts(directoryTexts);
  const seesLinks = useMay('link:view');
  const seesRuns = useMay('run:view');
  return (
    <Flex vertical gap={16}>
      <ObjectDeeds object={object} />
      <Fields object={object} />
      {seesLinks && (
        <Part title={t.links}>
          {object.links.length === 0 ? (
            <Nothing small title={t.noLinks} />
          ) : (
            <ul className="plain">
              {object.links.map((link) => (
                <li key={`${link.connection} ${link.key}`}>
                  <code data-value>{link.connection}</code> → <code data-value>{link.key}</code>{' '}
                  <Typography.Text type="secondary">
                    {t.since} <Moment time={link.since} />
                  </Typography.Text>
                </li>
              ))}
            </ul>
          )}
        </Part>
      )}
      <Part title={t.timeline}>
        <History id={object.id} reveal={props.reveal} />
      </Part>
      {seesRuns && object.kind === 'user' && (
        <Part title={t.why}>
          <Why person={object.id} />
        </Part>
      )}
    </Flex>
  );
}

export function ObjectDrawer(props: { id: string; onClose: () => void }) {
  const t = useTexts(directoryTexts);
  const seesAll = useMay('pii:read');
  const [reveal, setReveal] = useState(false);
  const shown = useQuery({ ...objectQuery(props.id, reveal), enabled: props.id !== '' });
  const object = props.id === '' ? undefined : shown.data;
  return (
    <Drawer
      open={props.id !== ''}
      size={640}
      title={
        <Flex gap={8} align="center" wrap>
          <span data-value>{object?.label ?? ''}</span>
          {object && <StateTag state={object.status} of={personStates} />}
        </Flex>
      }
      onClose={() => {
        setReveal(false);
        props.onClose();
      }}
      extra={
        seesAll && !reveal && object?.fields.some(({ masked }) => masked) ? (
          <Button size="small" title={t.revealNote} onClick={() => setReveal(true)}>
            {t.reveal}
          </Button>
        ) : null
      }
    >
      {props.id !== '' && (
        <Loaded query={shown}>{(found) => <Body key={found.id} object={found} reveal={reveal} />}</Loaded>
      )}
    </Drawer>
  );
}

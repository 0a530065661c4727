/** What was decided and no run has carried out yet: who said what, and as what else it can be said. */
import { Flex, type TableProps } from 'antd';
import { Link } from 'react-router';

import { write } from '#/api/client';
import type { components } from '#/api/contract';
import { usePages } from '#/api/pages';
import { useMay } from '#/api/session';
import { useDeed } from '#/api/stale';
import { useSay, useTexts } from '#/texts/language';
import { Deed } from '#/ui/Deed';
import { ListTable } from '#/ui/ListTable';
import { Moment } from '#/ui/Moment';
import { useLinks } from '#/ui/zone';

import { changesOf } from './sides.ts';
import { choices, matchingTexts } from './texts.ts';

type Decision = components['schemas']['Decision'];

function Change(props: { decision: Decision }) {
  const { decision } = props;
  const { connection, with: other, kind, key, candidate } = decision;
  const t = useTexts(matchingTexts);
  const say = useSay();
  const decide = useDeed(
    (choice: Decision['choice']) =>
      write('post', '/matching/decisions', {
        body: {
          decisions: [
            { connection, with: other, kind, key, choice, ...(choice === 'same' && candidate ? { candidate } : {}) },
          ],
        },
      }),
    ['matching'],
  );
  const sure = {
    same: t.sameSure(key, candidate ?? ''),
    create: t.createKeySure(key),
    ignore: t.ignoreSure(key),
    other: '',
  };
  const before = `${say(choices[decision.choice])} ${candidate ?? ''}`.trim();
  return (
    <Flex gap={8} wrap>
      {changesOf(decision).map((choice) => (
        <Deed
          key={choice}
          size="small"
          permission="link:manage"
          confirm={t.changeSure(before, sure[choice])}
          done={t.done}
          onDo={() => decide.mutateAsync(choice)}
        >
          {t.changeTo(say(choices[choice]))}
        </Deed>
      ))}
    </Flex>
  );
}

export function Decisions(props: { connection: string }) {
  const t = useTexts(matchingTexts);
  const say = useSay();
  const links = useLinks();
  const seesAudit = useMay('audit:view');
  const pages = usePages('/matching/decisions', { query: props.connection ? { connection: props.connection } : {} });
  const columns: NonNullable<TableProps<Decision>['columns']> = [
    { title: t.key, key: 'key', render: (_, { key }) => <code data-value>{key}</code> },
    { title: t.choice, key: 'choice', render: (_, { choice }) => say(choices[choice]) },
    { title: t.candidates, key: 'candidate', render: (_, { candidate }) => <code data-value>{candidate ?? '—'}</code> },
    { title: t.connection, key: 'connection', render: (_, { connection }) => <code data-value>{connection}</code> },
    { title: t.by, key: 'by', render: (_, { by }) => <span data-value>{by}</span> },
    { title: t.at, key: 'at', render: (_, { at }) => <Moment time={at} relative /> },
    { title: t.note, key: 'why', render: (_, { why }) => <span data-value>{why}</span> },
    { title: '', key: 'deeds', render: (_, decision) => <Change decision={decision} /> },
  ];
  return (
    <ListTable
      label={t.tabDecisions}
      pages={pages}
      columns={columns}
      rowKey={(decision) => `${decision.connection} ${decision.kind} ${decision.key} ${decision.candidate ?? ''}`}
      nothing={t.noDecisions}
      next={
        <Flex gap={16} justify="center" wrap>
          <Link to={links.links(props.connection ? { connection: props.connection } : {})}>{t.links}</Link>
          {seesAudit && <Link to={links.audit({ kind: 'write' })}>{t.whoDecided}</Link>}
        </Flex>
      }
    />
  );
}

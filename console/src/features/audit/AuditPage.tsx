/** 审计日志: who did what, from where, how was it before and after, and is the chain whole? */
import { useMutation, useQuery } from '@tanstack/react-query';
import { Alert, Button, Flex, type TableProps, Typography } from 'antd';
import { Link } from 'react-router';

import { fetchNow, read } from '#/api/client';
import { auditKindValues, type components } from '#/api/contract';
import { usePages } from '#/api/pages';
import { useMay } from '#/api/session';
import { count } from '#/base/number';
import { oneOf, text, useUrlState } from '#/base/urlstate';
import { useSay, useTexts } from '#/texts/language';
import { Colon } from '#/ui/Colon';
import { CopyLine } from '#/ui/CopyLine';
import { Choice, FilterBar, SearchField } from '#/ui/FilterBar';
import { ListTable } from '#/ui/ListTable';
import { Moment } from '#/ui/Moment';
import { Page } from '#/ui/Page';
import { ProblemView } from '#/ui/ProblemView';
import { useLinks } from '#/ui/zone';

import { aboutOf, pageOf, sortOf } from './about.ts';
import { auditDeeds, auditFaults, auditKinds, auditTexts } from './texts.ts';

type Entry = components['schemas']['AuditEntry'];
const codec = { actor: text(), about: text(), kind: oneOf(['', ...auditKindValues], '') };

/** How it was before and after. */
function Detail(props: { entry: Entry }) {
  const t = useTexts(auditTexts);
  const { entry } = props;
  return (
    // No wider than the page: the columns beside it stay where they are.
    <Flex vertical gap={4} data-value style={{ maxWidth: 'min(900px, 75vw)' }}>
      {entry.before !== null && entry.before !== undefined && (
        <div>
          {t.before}
          <Colon />
          <code className="wrap">{JSON.stringify(entry.before)}</code>
        </div>
      )}
      {entry.after !== null && entry.after !== undefined && (
        <div>
          {t.after}
          <Colon />
          <code className="wrap">{JSON.stringify(entry.after)}</code>
        </div>
      )}
      <div>
        {t.hash}
        <Colon />
        <code className="wrap">{entry.hash}</code>
      </div>
    </Flex>
  );
}

/** What was done, in words; the name of the operation stands behind them. */
function Deed(props: { deed: string }) {
  const say = useSay();
  const words = auditDeeds[props.deed];
  return words ? <span title={props.deed}>{say(words)}</span> : <code data-value>{props.deed}</code>;
}

/** What it is about, by name where that is known; its id stands behind. */
function About(props: { entry: Entry; names: ReadonlyMap<string, string>; workflows: ReadonlySet<string> }) {
  const links = useLinks();
  const about = aboutOf(props.entry);
  if (about === undefined) return '—';
  const name = sortOf(props.entry.deed) === 'account' ? props.names.get(about) : undefined;
  if (name !== undefined)
    return (
      <span title={about} data-value>
        {name}
      </span>
    );
  const page = pageOf(props.entry, links, props.workflows);
  const shown = <code data-value>{about}</code>;
  return page === undefined ? shown : <Link to={page}>{shown}</Link>;
}

function detail(entry: Entry) {
  return <Detail entry={entry} />;
}

export function Component() {
  const t = useTexts(auditTexts);
  const say = useSay();
  const [state, change] = useUrlState(codec);
  const verify = useMutation({ mutationFn: () => fetchNow('/audit/verification') });
  const pages = usePages('/audit', {
    query: {
      ...(state.actor ? { actor: state.actor } : {}),
      ...(state.about ? { about: state.about } : {}),
      ...(state.kind ? { kind: state.kind } : {}),
    },
  });
  const seesAccounts = useMay('account:view');
  const accounts = useQuery({ ...read('/accounts', { query: { limit: 500 } }), enabled: seesAccounts });
  const names = new Map((accounts.data?.items ?? []).map(({ id, name }) => [id, name]));
  const seesWorkflows = useMay('workflow:view');
  const there = useQuery({ ...read('/workflows', { query: { limit: 500 } }), enabled: seesWorkflows });
  const workflows = new Set((there.data?.items ?? []).map(({ id }) => id));
  const filtered = state.actor !== '' || state.about !== '' || state.kind !== '';
  const clear = filtered ? () => change({ actor: '', about: '', kind: '' }) : undefined;
  const columns: NonNullable<TableProps<Entry>['columns']> = [
    { title: t.no, key: 'no', render: (_, { no }) => <span className="number">{no}</span> },
    { title: t.time, key: 'time', render: (_, { time }) => <Moment time={time} form="full" /> },
    { title: t.actor, key: 'actor', render: (_, { actor }) => <span data-value>{actor}</span> },
    { title: t.kind, key: 'kind', render: (_, { kind }) => say(auditKinds[kind]) },
    { title: t.deed, key: 'deed', render: (_, { deed }) => <Deed deed={deed} /> },
    { title: t.about, key: 'about', render: (_, entry) => <About entry={entry} names={names} workflows={workflows} /> },
    {
      title: t.outcome,
      key: 'outcome',
      render: (_, { outcome }) =>
        outcome === 'done' ? (
          t.doneWell
        ) : (
          <Typography.Text type="danger">
            {t.refused} {outcome !== 'refused' && <code data-value>{outcome}</code>}
          </Typography.Text>
        ),
    },
    {
      title: t.address,
      key: 'address',
      render: (_, { address }) => (address === 'local' ? t.here : <span data-value>{address}</span>),
    },
  ];
  return (
    <Page
      title={t.audit}
      deeds={
        <Button loading={verify.isPending} onClick={() => verify.mutate()}>
          {t.verify}
        </Button>
      }
    >
      {verify.error && <ProblemView error={verify.error} />}
      {verify.data && (
        <Alert
          type={verify.data.ok ? 'success' : 'error'}
          showIcon
          title={verify.data.ok ? t.intact(count(verify.data.entries)) : t.broken(count(verify.data.faults.length))}
          description={
            <Flex vertical>
              {verify.data.faults.map((fault) => (
                <span key={`${fault.no} ${fault.kind}`}>
                  {fault.no}: {say(auditFaults[fault.kind])}
                </span>
              ))}
              <span>
                {t.newest} <CopyLine value={`${verify.data.newest} ${verify.data.hash}`} label={t.hash} />
              </span>
            </Flex>
          }
        />
      )}
      <FilterBar onClear={clear}>
        <SearchField
          label={t.findActor}
          value={state.actor}
          onSearch={(actor) => change({ actor }, { replace: true })}
        />
        <SearchField label={t.about} value={state.about} onSearch={(about) => change({ about }, { replace: true })} />
        <Choice
          label={t.kind}
          value={state.kind}
          options={auditKindValues.map((value) => ({ value, label: say(auditKinds[value]) }))}
          onChoose={(kind) => change({ kind })}
        />
      </FilterBar>
      <ListTable
        label={t.audit}
        pages={pages}
        columns={columns}
        rowKey={({ no }) => String(no)}
        nothing={t.none}
        onClear={clear}
        expandable={{ expandedRowRender: detail }}
      />
    </Page>
  );
}

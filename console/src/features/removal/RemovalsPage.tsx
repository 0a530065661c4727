/** 待处理的移除: who would lose access, and may they? */
import { Alert, Button, Checkbox, Flex, Form, Input, type TableProps, Typography } from 'antd';
import { useState } from 'react';
import { Link } from 'react-router';

import { type components, removalStateValues } from '#/api/contract';
import { usePages } from '#/api/pages';
import type { Issue } from '#/api/problem';
import { useDeed } from '#/api/stale';
import { count } from '#/base/number';
import { oneOf, text, useUrlState } from '#/base/urlstate';
import { useSay, useTexts } from '#/texts/language';
import { actions, removalStates } from '#/texts/states';
import { Deed } from '#/ui/Deed';
import { Choice, FilterBar } from '#/ui/FilterBar';
import { ListTable } from '#/ui/ListTable';
import { Moment } from '#/ui/Moment';
import { Page } from '#/ui/Page';
import { IssueText } from '#/ui/ProblemView';
import { StateTag } from '#/ui/StateTag';
import { useChoice } from '#/ui/choice';
import { useLinks } from '#/ui/zone';

import { type How, type Told, decide } from './decide.ts';
import { removalTexts } from './texts.ts';

type Removal = components['schemas']['Removal'];

/** The ids of the directory's own objects. */
const own = /^[0-9A-HJKMNP-TV-Z]{26}$/;

/** Two workflows may ask about one removal. */
function keyOf({ workflow, digest }: Removal): string {
  return `${workflow} ${digest}`;
}

/** By which people know the object: where it is one of the directory, the key of the file. */
function accountOf({ source, target }: Removal['object']): string {
  return own.test(target) ? source : target;
}

/** Two people may have one name; the account tells them apart. */
function named(object: Removal['object']): string {
  return `${object.name} (${accountOf(object)})`;
}

/** Whom it is about, in the directory. */
function personOf({ type, source, target }: Removal['object']): string | undefined {
  return type === 'user' ? [source, target].find((key) => own.test(key)) : undefined;
}

/** So much can be said about a decision, in characters. */
const mostComment = 500;

/** Why it is decided so, for whoever asks later. */
function WhyField(props: { value: string; onChange: (text: string) => void }) {
  const t = useTexts(removalTexts);
  return (
    <Form.Item label={t.comment} layout="vertical" style={{ margin: '8px 0 0' }}>
      <Input.TextArea
        rows={2}
        maxLength={mostComment}
        placeholder={t.commentHelp}
        aria-label={t.comment}
        value={props.value}
        onChange={(event) => props.onChange(event.target.value)}
      />
    </Form.Item>
  );
}

const codec = { state: oneOf(['', ...removalStateValues], 'waiting'), workflow: text() };
const open = new Set(['waiting', 'failed', 'kept']);

export function Component() {
  const t = useTexts(removalTexts);
  const say = useSay();
  const links = useLinks();
  const [state, change] = useUrlState(codec);
  const [ticked, setChosen] = useChoice([state.state, state.workflow]);
  const [runNow, setRunNow] = useState(false);
  const [comment, setComment] = useState('');
  const pages = usePages(
    '/removals',
    {
      query: {
        ...(state.state ? { state: state.state } : {}),
        ...(state.workflow ? { workflow: state.workflow } : {}),
      },
    },
    { size: 200, every: 15_000 },
  );
  // What is sent stands on the screen, by name.
  const rows = (pages.items ?? []).filter((removal) => ticked.includes(keyOf(removal)) && open.has(removal.state));
  const chosen = rows.map(keyOf);
  const names = rows.map(({ object }) => named(object));
  const shown = names.length > 5 ? t.andMore(names.slice(0, 5).join('、'), count(names.length)) : names.join('、');
  const [begun, setBegun] = useState<readonly string[]>([]);
  const [refused, setRefused] = useState<Issue>();
  const decided = useDeed(
    ({ verb, told }: { verb: How['verb']; told: Told<Removal> }) =>
      decide(rows, { verb, run: verb === 'approve' && runNow, comment }, told),
    ['removal', 'run'],
  );
  const send = async (verb: How['verb']) => {
    let left = ticked;
    setBegun([]);
    try {
      const told: Told<Removal> = (done, runs) => {
        const keys = new Set(done.map(keyOf));
        left = left.filter((key) => !keys.has(key));
        setBegun((before) => [...before, ...runs]);
      };
      setRefused(await decided.mutateAsync({ verb, told }));
      left = [];
      setComment('');
    } finally {
      // Where one workflow was refused, what was decided before stays decided.
      setChosen(left);
    }
  };
  const asked = (sure: string) => (
    <>
      {sure}
      <WhyField value={comment} onChange={setComment} />
    </>
  );
  const nobody = chosen.length === 0 ? t.choose : undefined;
  const columns: NonNullable<TableProps<Removal>['columns']> = [
    {
      title: t.object,
      key: 'name',
      render: (_, { object }) => {
        const person = personOf(object);
        return person === undefined ? (
          <span data-value>{object.name}</span>
        ) : (
          <Link to={links.people({ person })} data-value>
            {object.name}
          </Link>
        );
      },
    },
    { title: t.account, key: 'target', render: (_, { object }) => <span data-value>{accountOf(object)}</span> },
    { title: t.action, key: 'action', render: (_, { action }) => <StateTag state={action} of={actions} /> },
    { title: t.state, key: 'state', render: (_, removal) => <StateTag state={removal.state} of={removalStates} /> },
    {
      title: t.why,
      key: 'why',
      render: (_, { why, error, warnings }) => (
        <div className="say" data-value>
          {say((error ?? why).reason)}
          {warnings.map((issue) => (
            <div key={`${issue.code} ${issue.reason.en}`}>
              <Typography.Text type="warning">{say(issue.reason)}</Typography.Text>
            </div>
          ))}
        </div>
      ),
    },
    {
      title: t.workflow,
      key: 'workflow',
      render: (_, { workflow, run }) => (
        <Link to={links.run(run)} data-value>
          {workflow}
        </Link>
      ),
    },
    { title: t.since, key: 'since', render: (_, { since }) => <Moment time={since} relative /> },
    { title: t.until, key: 'until', render: (_, { until }) => <Moment time={until} /> },
    {
      title: t.decided,
      key: 'decided',
      render: (_, removal) =>
        removal.decided ? (
          <span data-value>
            {removal.decided.keep ? t.keptBy(removal.decided.by) : t.approvedBy(removal.decided.by)}
            {removal.decided.comment && (
              <Typography.Text type="secondary" className="say" style={{ display: 'block' }}>
                {t.because(removal.decided.comment)}
              </Typography.Text>
            )}
          </span>
        ) : (
          '—'
        ),
    },
  ];
  return (
    <Page
      title={t.removals}
      deeds={
        (pages.items ?? []).some((removal) => open.has(removal.state)) && (
          <>
            <Checkbox checked={runNow} onChange={(event) => setRunNow(event.target.checked)}>
              {t.runNow}
            </Checkbox>
            <Deed
              danger
              permission="run:approve"
              why={nobody}
              confirm={asked(t.approveSure(shown))}
              destroys={chosen.length}
              done={t.done}
              onDo={() => send('approve')}
            >
              {t.approve(count(chosen.length))}
            </Deed>
            <Deed
              permission="run:approve"
              why={nobody}
              confirm={asked(t.keepSure(shown))}
              done={t.done}
              onDo={() => send('keep')}
            >
              {t.keep(count(chosen.length))}
            </Deed>
          </>
        )
      }
    >
      <Typography.Text type="secondary">{t.about}</Typography.Text>
      {begun.length > 0 && (
        <Alert
          type="success"
          showIcon
          title={t.begun(count(begun.length))}
          description={
            <Flex gap={12} wrap>
              {begun.map((run, index) => (
                <Link key={run} to={links.run(run)}>
                  {t.showRun(begun.length > 1 ? ` ${index + 1}` : '')}
                </Link>
              ))}
            </Flex>
          }
        />
      )}
      {refused && (
        <Alert
          type="warning"
          showIcon
          title={t.notBegun(say(refused.reason))}
          description={<IssueText issue={refused} />}
        />
      )}
      <FilterBar>
        <Choice
          label={t.state}
          value={state.state}
          options={removalStateValues.map((value) => ({ value, label: say(removalStates[value]) }))}
          onChoose={(value) => change({ state: value })}
        />
      </FilterBar>
      <Flex vertical>
        <ListTable
          label={t.removals}
          pages={pages}
          columns={columns}
          rowKey={keyOf}
          nothing={t.none}
          next={
            state.state === 'waiting' ? (
              // Whoever comes from a run that told of some sees what became of them.
              <Button onClick={() => change({ state: '' })}>{t.decidedOnes}</Button>
            ) : (
              <Link to={links.runs()}>{t.runs}</Link>
            )
          }
          selection={{
            selectedRowKeys: [...chosen],
            onChange: (keys) => setChosen(keys.map(String)),
            getCheckboxProps: (removal) => ({
              disabled: !open.has(removal.state),
              'aria-label': named(removal.object),
            }),
          }}
        />
      </Flex>
    </Page>
  );
}

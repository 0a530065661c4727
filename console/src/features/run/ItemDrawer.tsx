/** What became of one object? First what to do, then how it got there, before and after, and the calls. */
import { useQuery } from '@tanstack/react-query';
import { Alert, Button, Collapse, Descriptions, Drawer, Flex, Skeleton, Steps, Typography } from 'antd';
import { Suspense, useState } from 'react';
import { Link, useNavigate } from 'react-router';

import { read } from '#/api/client';
import { useMay } from '#/api/session';
import { useDeed } from '#/api/stale';
import { duration } from '#/base/time';
import { Why } from '#/features/directory/shared';
import { useLanguage, useSay, useTexts } from '#/texts/language';
import { actions, kinds, outcomes, planned } from '#/texts/states';
import { Deed } from '#/ui/Deed';
import { Loaded } from '#/ui/Loaded';
import { Moment } from '#/ui/Moment';
import { Nothing } from '#/ui/Nothing';
import { IssueText, ProblemView } from '#/ui/ProblemView';
import { StateTag } from '#/ui/StateTag';
import { useLinks } from '#/ui/zone';

import { CallList } from './CallList.tsx';
import { wrong } from './counts.ts';
import { FieldDiff } from './FieldDiff.tsx';
import { type Item, itemQuery, nameOf, objectOf, retry } from './queries.ts';
import { outcomeOf, stagesOf } from './stages.ts';
import { runTexts } from './texts.ts';

function Calls(props: { run: string; item: Item }) {
  const t = useTexts(runTexts);
  const calls = useQuery(read('/runs/{id}/calls', { path: { id: props.run }, query: { find: props.item.key } }));
  return (
    <Loaded query={calls} rows={2}>
      {(page) =>
        page.items.length > 0 && (
          <section>
            <Typography.Title level={3} className="part">
              {t.calls}
            </Typography.Title>
            <CallList calls={page.items} />
          </section>
        )
      }
    </Loaded>
  );
}

function Body(props: { run: string; item: Item; step: string; planOnly: boolean }) {
  const { item } = props;
  const t = useTexts(runTexts);
  const say = useSay();
  const language = useLanguage();
  const links = useLinks();
  const object = objectOf(item);
  const navigate = useNavigate();
  const again = useDeed((row: number) => retry(props.run, [row]), ['run']);
  const stages = stagesOf(item, props.planOnly);
  const outcome = outcomeOf(item, props.planOnly);
  // The directory's own id of the person, on whichever side of the item the directory is.
  const id = object.system === 'directory' ? object.target : object.source;
  // Who is to be made in the directory is not there before that is done.
  const absent = object.system === 'directory' && item.action === 'create' && item.outcome !== 'created';
  const person = object.type === 'user' && id && !absent ? id : undefined;
  const seesWhy = useMay('run:view') && !props.planOnly;
  const title = { read: t.stageRead, match: t.stageMatch, map: t.stageMap, check: t.stageCheck, write: t.stageWrite };
  return (
    <Flex vertical gap={16}>
      <Flex gap={8} wrap align="center">
        <StateTag state={item.action} of={actions} />
        {outcome ? <StateTag state={outcome} of={outcomes} /> : <StateTag state={item.planned} of={planned} />}
        {item.ms != null && <Typography.Text type="secondary">{duration(item.ms, language)}</Typography.Text>}
        {(item.attempts ?? 0) > 1 && (
          <Typography.Text type="secondary">{t.attempts(String(item.attempts))}</Typography.Text>
        )}
      </Flex>
      {item.error && (
        <Alert
          type={item.outcome === 'skipped' ? 'info' : 'error'}
          title={<span data-value>{say(item.error.reason)}</span>}
          description={<IssueText issue={item.error} person={person} />}
        />
      )}
      {item.warnings.map((warning) => (
        <Alert
          key={`${warning.code} ${warning.field ?? ''} ${warning.reason.en}`}
          type="warning"
          title={<span data-value>{say(warning.reason)}</span>}
          description={<IssueText issue={warning} person={person} />}
        />
      ))}
      {!props.planOnly && item.row !== undefined && wrong.some((word) => word === item.outcome) && (
        <div>
          <Deed
            permission="run:start"
            done={t.started2}
            onDo={async () => {
              const started = await again.mutateAsync(item.row ?? 0);
              await navigate(links.run(started.run));
            }}
          >
            {t.retryThis}
          </Deed>
        </div>
      )}
      {person && (
        <Flex gap={16} wrap>
          <Link to={links.people({ person })}>{t.fixSource}</Link>
        </Flex>
      )}
      <Steps
        size="small"
        // None of them is the current one: all that are done look alike.
        current={stages.length}
        responsive
        titlePlacement="vertical"
        aria-label={t.stages}
        items={stages.map(({ name, state }) => ({
          title: title[name],
          status: ({ ok: 'finish', bad: 'error', open: 'wait' } as const)[state],
        }))}
      />
      {item.diff.length > 0 && <FieldDiff fields={item.diff} />}
      <Descriptions
        size="small"
        column={1}
        items={[
          { key: 'kind', label: t.object, children: say(kinds[object.type ?? '']) || object.type },
          { key: 'step', label: t.step, children: <span data-value>{props.step}</span> },
          { key: 'source', label: t.sourceKey, children: <code data-value>{object.source ?? '—'}</code> },
          { key: 'target', label: t.targetKey, children: <code data-value>{object.target ?? '—'}</code> },
          ...(object.at ? [{ key: 'at', label: t.department, children: <span data-value>{object.at}</span> }] : []),
          ...(item.blocked_by
            ? [{ key: 'blocked', label: t.blockedBy, children: <code data-value>{item.blocked_by}</code> }]
            : []),
          ...(item.at ? [{ key: 'time', label: t.time, children: <Moment time={item.at} form="full" /> }] : []),
        ]}
      />
      {!props.planOnly && item.error && <Calls run={props.run} item={item} />}
      {person && seesWhy && (
        <Collapse
          ghost
          size="small"
          destroyOnHidden
          items={[
            {
              key: 'why',
              label: t.whyPerson,
              children: (
                <Suspense fallback={<Skeleton active />}>
                  <Why person={person} />
                </Suspense>
              ),
            },
          ]}
        />
      )}
    </Flex>
  );
}

export function ItemDrawer(props: {
  run: string;
  row: number | undefined;
  known?: Item | undefined;
  planOnly?: boolean;
  /** What a step is called. */
  stepName: (step: string) => string;
  onClose: () => void;
}) {
  const t = useTexts(runTexts);
  const may = useMay('pii:read');
  const [reveal, setReveal] = useState(false);
  const asked = props.row !== undefined && (props.known === undefined || reveal);
  const found = useQuery({ ...itemQuery(props.run, props.row ?? 0, reveal), enabled: asked });
  const item = asked ? (found.data?.items.find(({ row }) => row === props.row) ?? props.known) : props.known;
  return (
    <Drawer
      open={props.row !== undefined}
      size={640}
      title={<span data-value>{item ? nameOf(item) : ''}</span>}
      onClose={() => {
        setReveal(false);
        props.onClose();
      }}
      extra={
        may && item?.diff.some(({ masked }) => masked) && !reveal && !props.planOnly ? (
          <Button size="small" title={t.revealNote} onClick={() => setReveal(true)}>
            {t.reveal}
          </Button>
        ) : null
      }
    >
      {item ? (
        <Body run={props.run} item={item} step={props.stepName(item.step)} planOnly={props.planOnly ?? false} />
      ) : found.error ? (
        <ProblemView error={found.error} onAgain={() => void found.refetch()} />
      ) : found.data ? (
        <Nothing title={t.noItem} />
      ) : (
        <Skeleton active />
      )}
    </Drawer>
  );
}

/** 运行日志: how did this run go, what is to be mended, and what became of each object? */
import { useQuery } from '@tanstack/react-query';
import { Button, Flex, Skeleton, Tabs } from 'antd';
import { useParams } from 'react-router';

import { usePages } from '#/api/pages';
import { useStaleAtEnd } from '#/api/stale';
import { oneOf, type Read, text, useUrlState } from '#/base/urlstate';
import { common } from '#/texts/common';
import { useTexts } from '#/texts/language';
import { Loaded } from '#/ui/Loaded';
import { Nothing } from '#/ui/Nothing';
import { Page } from '#/ui/Page';
import { ProblemView } from '#/ui/ProblemView';
import { RunTag } from '#/ui/StateTag';

import { underway } from './counts.ts';
import { CallList } from './CallList.tsx';
import { Held, Notices } from './Notices.tsx';
import { type Run, runQuery } from './queries.ts';
import { RunDeeds } from './RunDeeds.tsx';
import { RunErrors } from './RunErrors.tsx';
import { RunGraph } from './RunGraph.tsx';
import { RunFacts } from './RunFacts.tsx';
import { RunItems } from './RunItems.tsx';
import { RunSteps } from './RunSteps.tsx';
import { runTexts } from './texts.ts';
import { RunVerdict } from './Verdict.tsx';

const codec = {
  tab: oneOf(['steps', 'items', 'calls', 'facts'], 'steps'),
  outcome: text(),
  kind: text(),
  step: text(),
  code: text(),
  find: text(),
  item: text(),
};

/** What the address says of the items. */
export type ItemFilter = Omit<Read<typeof codec>, 'tab'>;

function Calls(props: { run: string }) {
  const t = useTexts(runTexts);
  const pages = usePages('/runs/{id}/calls', { path: { id: props.run } });
  const words = useTexts(common);
  const problem = pages.error && <ProblemView error={pages.error} onAgain={pages.again} />;
  if (pages.items === undefined) return problem ?? <Skeleton active title={false} paragraph={{ rows: 6 }} />;
  return (
    <Flex vertical gap={12}>
      {problem}
      {pages.items.length > 0 ? (
        <CallList calls={pages.items} withIssue />
      ) : (
        <Nothing title={pages.hasMore ? words.noneSoFar : t.noCalls} />
      )}
      {pages.hasMore && (
        <div>
          <Button onClick={pages.more} loading={pages.busy}>
            {words.more}
          </Button>
        </div>
      )}
    </Flex>
  );
}

function Body(props: { run: Run }) {
  const { run } = props;
  const t = useTexts(runTexts);
  const [state, change] = useUrlState(codec);
  const held = run.status === 'held' ? run.why : [];
  useStaleAtEnd(underway(run.status), ['run', 'directory']);
  return (
    <Flex vertical gap={16}>
      <RunVerdict run={run} />
      <Held issues={held} withNext />
      <Notices issues={run.notices} />
      <RunErrors run={run} />
      <Tabs
        activeKey={state.tab}
        onChange={(tab) => change({ tab: codec.tab.read(tab) ?? 'steps', item: '' })}
        destroyOnHidden
        items={[
          {
            key: 'steps',
            label: t.tabSteps,
            children: (
              <Flex vertical gap={16}>
                <RunGraph
                  run={run}
                  onPick={(step) => change({ tab: 'items', step, outcome: '', kind: '', code: '', find: '', item: '' })}
                />
                <RunSteps run={run} />
              </Flex>
            ),
          },
          { key: 'items', label: t.tabItems, children: <RunItems run={run} filter={state} change={change} /> },
          { key: 'calls', label: t.tabCalls, children: <Calls run={run.run} /> },
          { key: 'facts', label: t.tabFacts, children: <RunFacts run={run} /> },
        ]}
      />
    </Flex>
  );
}

export function Component() {
  const t = useTexts(runTexts);
  const { id = '' } = useParams();
  const run = useQuery(runQuery(id));
  const title = run.data ? t.runOf(run.data.workflow, String(run.data.no)) : t.run;
  return (
    <Page title={title} tag={run.data && <RunTag run={run.data} />} deeds={run.data && <RunDeeds run={run.data} />}>
      <Loaded query={run}>{(data) => <Body run={data} />}</Loaded>
    </Page>
  );
}

/** One workflow: what it is and how it goes, its graph and text, its versions. */
import { useQuery } from '@tanstack/react-query';
import { Alert, Card, Descriptions, Flex, Tabs, Tag } from 'antd';
import { Link, useParams } from 'react-router';

import { count } from '#/base/number';
import { flag, oneOf, useUrlState } from '#/base/urlstate';
import { useSay, useTexts } from '#/texts/language';
import { workflowStates } from '#/texts/states';
import { Loaded } from '#/ui/Loaded';
import { Moment } from '#/ui/Moment';
import { Page } from '#/ui/Page';
import { RunTag, StateTag } from '#/ui/StateTag';
import { useLinks } from '#/ui/zone';

import { dueOf } from './due.ts';
import { draftsQuery, textQuery, workflowQuery } from './asked.ts';
import { Difference } from './Difference.tsx';
import { Editor } from './Editor.tsx';
import { Hooks } from './Hooks.tsx';
import type { Workflow } from './queries.ts';
import { workflowTexts } from './texts.ts';
import { Recent } from './Recent.tsx';
import { TriggerWords } from './TriggerWords.tsx';
import { Versions } from './Versions.tsx';
import { WorkflowDeeds } from './WorkflowDeeds.tsx';

const tabs = ['editor', 'facts', 'versions'] as const;
const codec = { tab: oneOf(tabs, 'editor'), ask: flag() };

function Facts(props: { workflow: Workflow }) {
  const { workflow } = props;
  const t = useTexts(workflowTexts);
  const links = useLinks();
  const due = dueOf(workflow.triggers?.schedules);
  return (
    <Card>
      <Descriptions
        size="small"
        column={{ xs: 1, md: 2 }}
        items={[
          { key: 'trigger', label: t.trigger, children: <TriggerWords workflow={workflow} /> },
          { key: 'next', label: t.nextRun, children: <Moment time={due?.next} zone={due?.timezone} /> },
          { key: 'version', label: t.version, children: workflow.latest ?? '—' },
          { key: 'active', label: t.activeVersion, children: workflow.active ?? '—' },
          {
            key: 'runs',
            label: t.runs,
            children: <Link to={links.runs({ workflow: workflow.id })}>{count(workflow.runs ?? 0)}</Link>,
          },
          {
            key: 'last',
            label: t.last,
            children: workflow.last ? (
              <Link to={links.run(workflow.last.run)}>
                <RunTag run={workflow.last} />
              </Link>
            ) : (
              '—'
            ),
          },
          { key: 'recent', label: t.recent, children: <Recent dots={workflow.recent ?? []} /> },
          {
            key: 'connections',
            label: t.connections,
            children: (
              <Flex gap={4} wrap>
                {(workflow.connections ?? []).map(({ alias, ref, type }) =>
                  type === 'directory' || type === 'csv' ? (
                    <Tag key={alias}>
                      <span data-value>{alias}</span>
                    </Tag>
                  ) : (
                    <Link key={alias} to={links.connection(ref)} data-value>
                      {ref}
                    </Link>
                  ),
                )}
              </Flex>
            ),
          },
        ]}
      />
    </Card>
  );
}

/** A newer version is there than the one that runs. */
function NotLive(props: { workflow: Workflow }) {
  const t = useTexts(workflowTexts);
  const { id, state, active, latest } = props.workflow;
  if (state !== 'active' || typeof active !== 'number' || latest === undefined || latest === active) return null;
  return (
    <Alert
      type="warning"
      showIcon
      role="status"
      title={t.newer(String(latest), String(active))}
      description={<Difference workflow={id} before={active} after={latest} />}
    />
  );
}

export function Component() {
  const t = useTexts(workflowTexts);
  const say = useSay();
  const { id = '' } = useParams();
  const [state, change] = useUrlState(codec);
  const workflow = useQuery(workflowQuery(id));
  const saved = useQuery(textQuery(id));
  const drafts = useQuery(draftsQuery());
  const draft = drafts.data?.items.some((one) => one.id === id) ?? false;
  return (
    <Page
      title={workflow.data?.name ? say(workflow.data.name) : id}
      tag={workflow.data && <StateTag state={workflow.data.state} of={workflowStates} />}
      deeds={
        workflow.data && (
          <WorkflowDeeds
            workflow={workflow.data}
            draft={draft}
            asks={state.ask}
            // Once it is open the address asks no more: going back or reading the page anew opens it no second time.
            onAsked={() => change({ ask: false }, { replace: true })}
          />
        )
      }
    >
      <Loaded query={workflow}>
        {(one) => (
          <>
            <NotLive workflow={one} />
            <Tabs
              activeKey={state.tab}
              onChange={(tab) => change({ tab: tab as (typeof tabs)[number] })}
              items={[
                {
                  key: 'editor',
                  label: t.editor,
                  children: <Loaded query={saved}>{(text) => <Editor key={id} workflow={one} saved={text} />}</Loaded>,
                },
                {
                  key: 'facts',
                  label: t.facts,
                  children: (
                    <Flex vertical gap={16}>
                      <Facts workflow={one} />
                      {(one.triggers?.webhooks ?? one.webhooks ?? []).length > 0 && <Hooks workflow={one} />}
                    </Flex>
                  ),
                },
                { key: 'versions', label: t.versions, children: <Versions workflow={one} /> },
              ]}
            />
          </>
        )}
      </Loaded>
    </Page>
  );
}

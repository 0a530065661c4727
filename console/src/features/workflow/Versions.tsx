/** Which versions of a workflow are there, who saved them, which is live, and what differs between two? Any can be gone back to. */
import { useQuery } from '@tanstack/react-query';
import { Button, Flex, Select, Tag } from 'antd';
import { lazy, Suspense } from 'react';

import type { components } from '#/api/contract';
import { usePages } from '#/api/pages';
import { useDeed } from '#/api/stale';
import { useUrlState, whole } from '#/base/urlstate';
import { common } from '#/texts/common';
import { useTexts } from '#/texts/language';
import { Deed } from '#/ui/Deed';
import { ListTable } from '#/ui/ListTable';
import { Loaded } from '#/ui/Loaded';
import { Moment } from '#/ui/Moment';

import { textQuery } from './asked.ts';
import { Difference } from './Difference.tsx';
import { type Workflow, rollBack } from './queries.ts';
import { workflowTexts } from './texts.ts';
import { noteOf } from './versions.ts';

const YamlDiff = lazy(() => import('#/ui/YamlDiff').then((module) => ({ default: module.YamlDiff })));
const codec = { before: whole(0), after: whole(0) };

type Line = components['schemas']['VersionLine'];

function Lines(props: { workflow: Workflow; onCompare: (before: number, after: number) => void }) {
  const { workflow } = props;
  const t = useTexts(workflowTexts);
  const words = useTexts(common);
  const pages = usePages('/workflows/{id}/versions', { path: { id: workflow.id } }, { size: 20 });
  const back = useDeed((version: number) => rollBack(workflow, version), ['workflow']);
  const latest = workflow.latest ?? 1;
  return (
    <ListTable<Line>
      label={t.versions}
      pages={pages}
      rowKey={({ version }) => String(version)}
      nothing={t.oneVersion}
      columns={[
        {
          title: t.version,
          key: 'version',
          render: (_, line) => (
            <Flex gap={8}>
              {t.versionNo(String(line.version))}
              {line.active && <Tag color="success">{t.live}</Tag>}
              {line.latest && <Tag>{t.newest}</Tag>}
            </Flex>
          ),
        },
        { title: t.savedAt, key: 'saved', render: (_, { saved }) => <Moment time={saved} /> },
        { title: t.savedBy, key: 'by', render: (_, { by }) => <span data-value>{by ?? '—'}</span> },
        {
          title: t.note,
          key: 'note',
          render: (_, { note }) => {
            const from = noteOf(note);
            return typeof from === 'number' ? t.backTo(String(from)) : <span data-value>{from}</span>;
          },
        },
        {
          title: words.actions,
          key: 'deeds',
          render: (_, { version }) => (
            <Flex gap={4} wrap>
              {version > 1 && (
                <Button size="small" onClick={() => props.onCompare(version - 1, version)}>
                  {t.compareBefore}
                </Button>
              )}
              <Deed
                size="small"
                permission="workflow:edit"
                why={version === latest ? t.isNewest : undefined}
                confirm={t.rollBackSure(String(version), String(latest + 1))}
                done={t.rolledBack}
                onDo={() => back.mutateAsync(version)}
              >
                {t.rollBack}
              </Deed>
            </Flex>
          ),
        },
      ]}
    />
  );
}

export function Versions(props: { workflow: Workflow }) {
  const t = useTexts(workflowTexts);
  const [state, change] = useUrlState(codec);
  const latest = props.workflow.latest ?? 1;
  const after = state.after === 0 ? latest : state.after;
  const before = state.before === 0 ? Math.max(1, after - 1) : state.before;
  const left = useQuery(textQuery(props.workflow.id, before));
  const right = useQuery(textQuery(props.workflow.id, after));
  const options = Array.from({ length: latest }, (_, index) => ({
    value: latest - index,
    label: t.versionNo(String(latest - index)),
  }));
  return (
    <Flex vertical gap={12}>
      <Lines workflow={props.workflow} onCompare={(old, now) => change({ before: old, after: now })} />
      {latest > 1 && (
        <>
          <Flex gap={8} align="center" wrap>
            {t.compare}
            <Select
              aria-label={t.compare}
              value={before}
              options={options}
              onChange={(chosen) => change({ before: chosen })}
            />
            {t.with}
            <Select
              aria-label={t.with}
              value={after}
              options={options}
              onChange={(chosen) => change({ after: chosen })}
            />
          </Flex>
          <Loaded query={left}>
            {(old) => (
              <Loaded query={right}>
                {(now) => (
                  <Suspense fallback={null}>
                    {before !== after && <Difference workflow={props.workflow.id} before={before} after={after} />}
                    <YamlDiff
                      before={old.text}
                      after={now.text}
                      labels={[t.versionNo(String(before)), t.versionNo(String(after))]}
                    />
                  </Suspense>
                )}
              </Loaded>
            )}
          </Loaded>
        </>
      )}
    </Flex>
  );
}

/** What changed between two versions of a workflow? Side by side. */
import { useQuery } from '@tanstack/react-query';
import { Flex, Select, Typography } from 'antd';
import { lazy, Suspense } from 'react';

import { useUrlState, whole } from '#/base/urlstate';
import { useTexts } from '#/texts/language';
import { Loaded } from '#/ui/Loaded';

import { textQuery } from './asked.ts';
import type { Workflow } from './queries.ts';
import { workflowTexts } from './texts.ts';

const YamlDiff = lazy(() => import('#/ui/YamlDiff').then((module) => ({ default: module.YamlDiff })));
const codec = { before: whole(0), after: whole(0) };

export function Versions(props: { workflow: Workflow }) {
  const t = useTexts(workflowTexts);
  const [state, change] = useUrlState(codec);
  const latest = props.workflow.latest ?? 1;
  const after = state.after === 0 ? latest : state.after;
  const before = state.before === 0 ? Math.max(1, after - 1) : state.before;
  const left = useQuery(textQuery(props.workflow.id, before));
  const right = useQuery(textQuery(props.workflow.id, after));
  if (latest < 2) return <Typography.Text type="secondary">{t.oneVersion}</Typography.Text>;
  const options = Array.from({ length: latest }, (_, index) => ({
    value: latest - index,
    label: t.versionNo(String(latest - index)),
  }));
  return (
    <Flex vertical gap={12}>
      <Flex gap={8} align="center" wrap>
        {t.compare}
        <Select
          aria-label={t.compare}
          value={before}
          options={options}
          onChange={(chosen) => change({ before: chosen })}
        />
        {t.with}
        <Select aria-label={t.with} value={after} options={options} onChange={(chosen) => change({ after: chosen })} />
      </Flex>
      <Loaded query={left}>
        {(old) => (
          <Loaded query={right}>
            {(now) => (
              <Suspense fallback={null}>
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
    </Flex>
  );
}

/** 导入人员: a file of people into the directory: file, columns, plan; nothing is written before the last button. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button, Flex, Steps } from 'antd';
import { useRef } from 'react';
import { useNavigate } from 'react-router';

import { useMe } from '#/api/session';
import { stale } from '#/api/stale';
import { draftName, dropDraft } from '#/base/draft';
import { freshKey } from '#/base/keys';
import { count } from '#/base/number';
import { text, useUrlState, whole } from '#/base/urlstate';
import { approveSeen, runTexts } from '#/features/run/shared';
import { PlanStep, usePlan } from '#/features/template/shared';
import { useTexts } from '#/texts/language';
import { Deed } from '#/ui/Deed';
import { Loaded } from '#/ui/Loaded';
import { Page } from '#/ui/Page';
import { useLinks, useTenant } from '#/ui/zone';

import { ColumnsStep } from './ColumnsStep.tsx';
import { decidedName } from './decided.ts';
import { FileStep } from './FileStep.tsx';
import { type Import, importUpload, keeperQuery, keptQuery, uploadQuery } from './queries.ts';
import { uploadTexts } from './texts.ts';

const codec = { file: text(), sheet: text(), header: whole(0), workflow: text(), run: text() };

/** The plan of the import, and the button that carries it out. */
function PlanOf(props: { file: string; run: string; body: Import; onBack: () => void }) {
  const t = useTexts(uploadTexts);
  const runWords = useTexts(runTexts);
  const { message } = App.useApp();
  const links = useLinks();
  const navigate = useNavigate();
  const client = useQueryClient();
  const plan = usePlan(props.run);
  const known = plan.plan.data;
  const draft = draftName(useMe().actor, useTenant(), decidedName(props.file));
  /** Of the run that a plan leads to: each plan has one of its own. */
  const key = useRef({ plan: '', key: freshKey() });
  const workflow = plan.asked.data?.workflow;
  const kept = useQuery({ ...keptQuery(workflow ?? ''), enabled: workflow !== undefined });
  const keeper = useQuery({ ...keeperQuery(workflow ?? ''), enabled: workflow !== undefined });
  // The import goes by the mapping of its plan, or not at all: by another one it would do what nobody has seen.
  const version = plan.asked.data?.version;
  // What was read before the plan says nothing of it.
  const keeps = keeper.isFetching ? undefined : keeper.data;
  const other = keeps !== undefined && keeps.active !== version ? t.otherMapping : undefined;
  // Nothing can be done is not nothing to do.
  const nothing = plan.left > 0 ? t.nothingCanBe(count(plan.left)) : t.nothingToDo;
  return (
    <Flex vertical gap={16}>
      {kept.data && <Alert type="info" showIcon title={kept.data.full ? t.listFull : t.listPart} />}
      {other && <Alert type="warning" showIcon title={other} />}
      <PlanStep run={props.run} plan={plan} />
      <Flex gap={8} wrap>
        <Deed
          primary
          permission="directory:import"
          why={known === undefined ? t.notYet : (other ?? (plan.changes === 0 ? nothing : plan.why))}
          {...plan.sure}
          onDo={async () => {
            const now = await client.fetchQuery({ ...keeperQuery(workflow ?? ''), staleTime: 0 });
            // What is wrong stands above the plan from now on.
            if (version === undefined || now.active !== version) return;
            // Whoever presses again, where the first press came to no end, goes on with the run that it began.
            if (key.current.plan !== props.run) key.current = { plan: props.run, key: freshKey() };
            const started = await importUpload(props.file, { ...props.body, version }, key.current.key);
            const became = await approveSeen(started.run, { hash: known?.hash, checked: plan.checked, may: plan.may });
            if (became === 'waits') message.info(runWords.heldForOthers);
            dropDraft(draft);
            await stale(client, ['run', 'directory', 'workflow']);
            await navigate(links.run(started.run), { replace: true });
          }}
        >
          {known === undefined
            ? t.importLater
            : plan.removes > 0
              ? t.importRemove(count(plan.changes), count(plan.removes))
              : t.import(count(plan.changes))}
        </Deed>
        <Button onClick={props.onBack}>{t.back}</Button>
      </Flex>
    </Flex>
  );
}

export function Component() {
  const t = useTexts(uploadTexts);
  const [state, change] = useUrlState(codec);
  const client = useQueryClient();
  const upload = useQuery({ ...uploadQuery(state.file), enabled: state.file !== '' && state.run === '' });
  const at = state.file === '' ? 0 : state.run === '' ? 1 : 2;
  // The mapping was kept as a workflow with the plan: the import goes by it.
  const body = {
    ...(state.sheet ? { sheet: state.sheet } : {}),
    ...(state.header > 0 ? { header_row: state.header } : {}),
    ...(state.workflow ? { workflow: state.workflow } : {}),
  };
  return (
    <Page
      title={t.title}
      deeds={
        at > 0 && (
          <Button onClick={() => change({ file: '', sheet: '', header: 0, workflow: '', run: '' })}>{t.other}</Button>
        )
      }
    >
      <Steps
        current={at}
        size="small"
        items={[{ title: t.stepFile }, { title: t.stepColumns }, { title: t.stepPlan }]}
      />
      {at === 0 && <FileStep onFile={(file) => change({ file })} />}
      {at === 1 && (
        <Loaded query={upload}>
          {(file) => (
            <ColumnsStep
              key={file.id}
              upload={file}
              onPlan={async (asked) => {
                const planned = await importUpload(file.id, { ...asked, plan: true });
                await stale(client, ['workflow', 'run']);
                change({
                  sheet: asked.sheet ?? '',
                  header: asked.header_row ?? 0,
                  workflow: asked.workflow ?? '',
                  run: planned.run,
                });
              }}
            />
          )}
        </Loaded>
      )}
      {at === 2 && (
        <PlanOf file={state.file} run={state.run} body={body} onBack={() => change({ run: '' }, { replace: true })} />
      )}
    </Page>
  );
}

/** 编排: the graph, a form of the chosen step and the YAML of one file. The text is the truth; the server reads it. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button, Card, Flex, Skeleton, Tag, Typography } from 'antd';
import { lazy, Suspense, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';

import { Refused } from '#/api/problem';
import { useMay } from '#/api/session';
import { stale } from '#/api/stale';
import { useLanguage, useSay, useTexts } from '#/texts/language';
import { triggerKinds } from '#/texts/states';
import { Deed } from '#/ui/Deed';
import { Moment } from '#/ui/Moment';
import { ProblemView } from '#/ui/ProblemView';
import type { Ask, Mark } from '#/ui/YamlEditor';

import { graphQuery } from './asked.ts';
import { OtherDraft, type TextDraft, useKept, useTextDraft } from './draft.ts';
import { useEdits } from './edits.ts';
import { NodeForm } from './NodeForm.tsx';
import {
  type Draft,
  type TextEdit,
  type Workflow,
  type WorkflowText,
  complete,
  hover,
  mend,
  save,
  validate,
} from './queries.ts';
import { workflowTexts } from './texts.ts';

// On their way from the first, beside what is to be drawn.
const graphModule = import('#/ui/Graph');
const yamlModule = import('#/ui/YamlEditor');
const Graph = lazy(() => graphModule.then((module) => ({ default: module.Graph })));
const YamlDiff = lazy(() => import('#/ui/YamlDiff').then((module) => ({ default: module.YamlDiff })));
const YamlEditor = lazy(() => yamlModule.then((module) => ({ default: module.YamlEditor })));

/** A value that follows another when that rests. */
function useRested<T>(value: T, ms: number): T {
  const [rested, setRested] = useState(value);
  useEffect(() => {
    const wait = setTimeout(() => setRested(value), ms);
    return () => clearTimeout(wait);
  }, [value, ms]);
  return rested;
}

/** Where a line and a column (UTF-16 units, from 1) stand in a text. */
function offset(lines: readonly number[], line: number, column: number): number {
  return (lines[line - 1] ?? 0) + Math.max(0, column - 1);
}

/** What a refusal is about stands on this page, its findings and the version of others: no other page is named for it. */
function onThisPage(wrong: unknown): unknown {
  if (!(wrong instanceof Refused) || !['validate_workflow', 'show_workflow'].includes(wrong.problem?.next?.kind ?? ''))
    return wrong;
  return new Refused(wrong.status, { ...wrong.problem, next: undefined }, null);
}

/** Somebody saved a version after these changes were begun: what they would undo is shown before they are saved. */
function Behind(props: { version: number; saved: WorkflowText; text: string }) {
  const t = useTexts(workflowTexts);
  const [shown, setShown] = useState(false);
  const version = String(props.version);
  return (
    <Alert
      type="warning"
      showIcon
      role="alert"
      title={t.behind(version)}
      description={
        <Flex vertical gap={8}>
          {t.behindHelp}
          <div>
            <Button size="small" onClick={() => setShown(!shown)}>
              {shown ? t.hideDifference : t.showDifference}
            </Button>
          </div>
          {shown && (
            <Suspense fallback={null}>
              <YamlDiff
                before={props.saved.text}
                after={props.text}
                labels={[t.versionNo(String(props.saved.version)), t.draftHere]}
              />
            </Suspense>
          )}
        </Flex>
      }
    />
  );
}

/** How the draft is kept, and what to do where somebody else wrote it meanwhile. */
function Kept(props: { draft: TextDraft }) {
  const { draft } = props;
  const t = useTexts(workflowTexts);
  const may = useMay('workflow:edit');
  const { message } = App.useApp();
  if (draft.overtaken) {
    return (
      <Flex vertical gap={8}>
        {draft.error instanceof OtherDraft ? (
          <>
            <Alert type="warning" showIcon role="alert" title={t.otherDraft} />
            {draft.error.cause !== undefined && <ProblemView error={draft.error.cause} />}
          </>
        ) : (
          <ProblemView error={draft.error} />
        )}
        <Flex gap={8} wrap>
          <Button
            onClick={() => void draft.takeTheirs().then((taken) => (taken ? undefined : message.info(t.theirsGone)))}
          >
            {t.takeTheirs}
          </Button>
          <Button onClick={() => void draft.keepMine()}>{t.keepMine}</Button>
        </Flex>
      </Flex>
    );
  }
  if (draft.error !== undefined) return <ProblemView error={draft.error} />;
  if (!may) return null;
  return (
    <Typography.Text type={draft.confirmed ? 'secondary' : 'warning'} role="status">
      {draft.confirmed ? t.kept : t.keeping}
      {draft.confirmed && draft.kept && (
        <>
          {' '}
          · <span data-value>{t.keptBy(draft.kept.by)}</span> <Moment time={draft.kept.saved} relative />
        </>
      )}
    </Typography.Text>
  );
}

/** The editor, once it is known whether the server keeps a draft. */
export function Editor(props: { workflow: Workflow; saved: WorkflowText }) {
  const { ready, kept, error, again } = useKept(props.workflow.id);
  if (!ready) return error ? <ProblemView error={error} onAgain={again} /> : <Skeleton active />;
  return <Open {...props} kept={kept} />;
}

function Open(props: { workflow: Workflow; saved: WorkflowText; kept: Draft | undefined }) {
  const { workflow, saved } = props;
  const t = useTexts(workflowTexts);
  const say = useSay();
  const language = useLanguage();
  const client = useQueryClient();
  const draft = useTextDraft(workflow.id, saved, props.kept);
  const { text, dirty, change, drop } = draft;
  const rested = useRested(text, 400);
  const [chosen, setChosen] = useState<string>();
  const [place, setPlace] = useState<{ line: number; column: number }>();
  const [error, setError] = useState<unknown>();
  const checked = useQuery({
    queryKey: ['/compiler/validate', rested] as const,
    queryFn: () => validate(rested),
    placeholderData: (before) => before,
  });
  const drawn = useQuery({ ...graphQuery(rested), placeholderData: (before) => before });
  // The text stands below the picture, and is drawn after it: reading a long one takes its time.
  const pictured = useDeferredValue(drawn.data !== undefined || drawn.isError, false);
  const findings = useMemo(() => checked.data?.findings ?? [], [checked.data]);
  const marks = useMemo((): Mark[] => {
    const lines = [0];
    for (let at = rested.indexOf('\n'); at !== -1; at = rested.indexOf('\n', at + 1)) lines.push(at + 1);
    return findings.map((finding) => ({
      from: offset(lines, finding.line, finding.utf16_column),
      to: offset(lines, finding.end_line, finding.utf16_end_column),
      severity: finding.severity === 'error' ? 'error' : 'warning',
      message: `${finding.code} ${finding.message[language]}`,
    }));
  }, [findings, rested, language]);
  const ask = useMemo(
    (): Ask => ({
      complete: async (now, line, column) => {
        const found = await complete(now, line, column);
        return found.items.map((item) => ({
          label: item.label,
          insert: item.insert,
          from: item.replace.utf16_start,
          to: item.replace.utf16_end,
          detail: item.detail[language],
          doc: item.doc[language],
        }));
      },
      hover: async (now, line, column) => {
        const found = await hover(now, line, column);
        if (!found.range || found.text[language] === '') return undefined;
        return { from: found.range.utf16_start, to: found.range.utf16_end, text: found.text[language] };
      },
    }),
    [language],
  );
  const nodes = useMemo(() => drawn.data?.nodes ?? [], [drawn.data]);
  const shown = useMemo(
    () =>
      nodes.map((one) => ({
        id: one.id,
        title: say(one.title),
        detail:
          one.uses ??
          (one.triggers ?? []).map(({ detail, kind }) => detail || say(triggerKinds[kind]) || kind).join(', '),
        badge: one.connection ? <span className="graph-tag">{one.connection}</span> : undefined,
        bad: one.errors > 0 ? t.errors(String(one.errors)) : undefined,
      })),
    [nodes, say, t],
  );
  const node = nodes.find(({ id }) => id === chosen);
  const edits = useEdits(text, change);
  const apply = (asked: TextEdit[]) => {
    setError(undefined);
    edits.apply(asked).catch(setError);
  };
  // The newer of two answers: the text of a version may come later than the news of it.
  const newest = Math.max(workflow.latest ?? 0, saved.version);
  const behind = dirty && newest > draft.base;
  const found = useRef<HTMLDivElement>(null);
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  return (
    <Flex vertical gap={16}>
      <Flex gap={8} wrap align="center">
        <Deed
          primary
          permission="workflow:edit"
          why={dirty || edits.busy ? undefined : t.unchanged}
          {...(behind ? { confirm: t.saveOver(String(newest)) } : {})}
          done={workflow.state === 'active' ? t.savedNotLive : t.saved}
          onDo={async () => {
            const whole = await edits.whole();
            try {
              const { version } = await save(workflow.id, whole, workflow.etag ?? '');
              draft.builtOn(version);
            } catch (wrong) {
              const status = wrong instanceof Refused ? wrong.status : 0;
              // Another version is there: it is asked for, and shown beside what is here.
              if (status === 409 || status === 412) await stale(client, ['workflow']);
              else if (status === 422) found.current?.scrollIntoView({ block: 'nearest' });
              throw onThisPage(wrong);
            }
            // First the new text, then the draft goes: else the old text would stand there in between.
            await stale(client, ['workflow']);
            await draft.settle(whole);
          }}
        >
          {t.save}
        </Deed>
        {dirty && (
          <>
            <Deed danger confirm={t.discardSure} onDo={drop}>
              {t.discard}
            </Deed>
            <Kept draft={draft} />
          </>
        )}
        {errors > 0 && <Tag color="error">{t.errors(String(errors))}</Tag>}
      </Flex>
      {behind && <Behind version={newest} saved={saved} text={text} />}
      {error !== undefined && <ProblemView error={error} />}
      {checked.error && <ProblemView error={checked.error} onAgain={() => void checked.refetch()} />}
      <Suspense fallback={null}>
        <Graph label={t.graph} nodes={shown} edges={drawn.data?.edges ?? []} chosen={chosen} onPick={setChosen} />
      </Suspense>
      {node ? (
        <NodeForm
          key={node.id}
          node={node}
          nodes={nodes}
          content={checked.data?.outline?.content}
          busy={edits.busy || rested !== text || checked.isPlaceholderData}
          onEdit={apply}
          onShow={() => node.range && setPlace({ line: node.range.line, column: node.range.utf16_column })}
        />
      ) : (
        <Typography.Text type="secondary">{t.pickNode}</Typography.Text>
      )}
      <Card
        ref={found}
        size="small"
        title={<h2 className="part">{t.findings}</h2>}
        extra={
          findings.some(({ certain }) => certain) && (
            <Button
              onClick={() => {
                setError(undefined);
                edits.through(mend).catch(setError);
              }}
            >
              {t.mend}
            </Button>
          )
        }
      >
        {findings.length === 0 ? (
          <Alert type="success" title={t.good} />
        ) : (
          <ul style={{ margin: 0, paddingInlineStart: 0, listStyle: 'none' }}>
            {findings.map((finding) => (
              <li key={`${finding.code} ${finding.start} ${finding.end}`} style={{ paddingBlock: 4 }}>
                <Button
                  type="link"
                  size="small"
                  onClick={() => setPlace({ line: finding.line, column: finding.utf16_column })}
                >
                  {t.line(String(finding.line))}
                </Button>
                <Tag color={finding.severity === 'error' ? 'error' : 'warning'}>{finding.code}</Tag>
                <span data-value>{say(finding.message)}</span>{' '}
                <Typography.Text type="secondary">
                  <span data-value>{say(finding.help)}</span>
                </Typography.Text>
              </li>
            ))}
          </ul>
        )}
      </Card>
      <h2 className="part">{t.yaml}</h2>
      <Suspense fallback={null}>
        {pictured && (
          <YamlEditor label={t.yaml} text={text} marks={marks} show={place} ask={ask} onChange={edits.put} />
        )}
      </Suspense>
    </Flex>
  );
}

/** The verdict of a run in one sentence; each number is a link to what it counts. */
import { Fragment } from 'react';
import { Alert, Progress, Space, Typography } from 'antd';
import { Link } from 'react-router';

import { count } from '#/base/number';
import { duration } from '#/base/time';
import { useLanguage, useSay, useTexts } from '#/texts/language';
import { outcomes, runLook } from '#/texts/states';
import { IssueText } from '#/ui/ProblemView';
import { useLinks } from '#/ui/zone';

import { itemsOf, underway } from './counts.ts';
import type { Run } from './queries.ts';
import { useStepNames } from './steps.ts';
import { runTexts } from './texts.ts';
import { type Part, verdictOf } from './verdict.ts';

function Parts(props: { run: string; parts: readonly Part[] }) {
  const t = useTexts(runTexts);
  const say = useSay();
  const links = useLinks();
  return props.parts.map(({ kind, outcome, n }, index) => (
    <Fragment key={`${kind} ${outcome}`}>
      {index > 0 && t.join}
      <Link to={links.run(props.run, itemsOf({ kind, outcome }))}>
        {t.sum(t.things(n, kind), say(outcomes[outcome as keyof typeof outcomes]) || outcome)}
      </Link>
    </Fragment>
  ));
}

const kinds = { good: 'success', bad: 'error', warn: 'warning', busy: 'info', quiet: 'info' } as const;

export function RunVerdict(props: { run: Run }) {
  const { run } = props;
  const t = useTexts(runTexts);
  const say = useSay();
  const language = useLanguage();
  const look = runLook(run);
  const verdict = verdictOf(run.counts);
  const nameOf = useStepNames(run);
  const { progress } = run;
  const more =
    verdict.missed.length > 0 ||
    verdict.done.length > 0 ||
    (underway(run.status) && progress) ||
    (run.status === 'failed' && run.status_why);
  return (
    <Alert
      type={kinds[look.tone]}
      showIcon
      title={<span role="status">{`${say(look)}${run.status_why ? ` · ${say(run.status_why.reason)}` : ''}`}</span>}
      description={
        more && (
          <Space orientation="vertical" size={4} style={{ width: '100%' }}>
            {verdict.missed.length > 0 && (
              <Typography.Text>
                <strong>{t.verdictMissed}</strong>
                <Parts run={run.run} parts={verdict.missed} />
              </Typography.Text>
            )}
            {verdict.done.length > 0 && (
              <Typography.Text>
                {t.verdictDone}
                <Parts run={run.run} parts={verdict.done} />
                {verdict.unchanged > 0 && `${t.join}${t.unchangedNote(count(verdict.unchanged))}`}
              </Typography.Text>
            )}
            {underway(run.status) && progress && (
              <>
                <Typography.Text>
                  {t.progress(count(progress.done), count(progress.total), nameOf(progress.step))}
                  {progress.eta_ms ? ` · ${t.eta(duration(progress.eta_ms, language))}` : ''}
                </Typography.Text>
                <Progress
                  aria-label={t.progress(count(progress.done), count(progress.total), nameOf(progress.step))}
                  percent={progress.total === 0 ? 0 : Math.floor((100 * progress.done) / progress.total)}
                  status="active"
                />
                {progress.waiting?.text && <Typography.Text>{say(progress.waiting.text)}</Typography.Text>}
              </>
            )}
            {run.status === 'failed' && run.status_why && <IssueText issue={run.status_why} />}
          </Space>
        )
      }
    />
  );
}

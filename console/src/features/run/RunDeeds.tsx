/** What can be done with a run? Only what the server says one may. */
import { DownloadOutlined } from '@ant-design/icons';
import { App, Button, Dropdown } from 'antd';
import { Link, useNavigate } from 'react-router';

import { Refused } from '#/api/problem';
import { useDeed } from '#/api/stale';
import { count } from '#/base/number';
import { useLanguage, useSay, useTexts } from '#/texts/language';
import { Deed } from '#/ui/Deed';
import { useLinks } from '#/ui/zone';

import { sumOf, wrong } from './counts.ts';
import { type Run, control, exportRun, pin, retry } from './queries.ts';
import { RetryAbout } from './RetryAbout.tsx';
import { runTexts } from './texts.ts';

export function RunDeeds(props: { run: Run }) {
  const { run } = props;
  const t = useTexts(runTexts);
  const language = useLanguage();
  const links = useLinks();
  const navigate = useNavigate();
  const may = new Set(run.allowed ?? []);
  const controlled = useDeed((verb: 'reject' | 'cancel' | 'pause' | 'resume') => control(run.run, verb), ['run']);
  const pinned = useDeed((on: boolean) => pin(run.run, on), ['run']);
  const retried = useDeed(() => retry(run.run), ['run']);
  const { message } = App.useApp();
  const say = useSay();
  const save = (format: string) =>
    exportRun(run, format, language).catch((error: unknown) => {
      message.error(error instanceof Refused && error.problem ? say(error.problem.reason) : t.exportFailed);
    });
  const missed = sumOf(run.counts, wrong);
  return (
    <>
      {run.plan && (
        <Link to={links.plan(run.run)}>
          <Button type={run.status === 'held' ? 'primary' : 'default'} tabIndex={-1}>
            {t.openPlan}
          </Button>
        </Link>
      )}
      {run.status === 'partial' && missed > 0 && (
        <Deed
          primary
          permission="run:start"
          confirm={<RetryAbout run={run.run} />}
          done={t.started2}
          onDo={async () => {
            const started = await retried.mutateAsync(undefined);
            await navigate(links.run(started.run));
          }}
        >
          {t.retryFailed(count(missed))}
        </Deed>
      )}
      {may.has('pause') && (
        <Deed permission="run:control" onDo={() => controlled.mutateAsync('pause')}>
          {t.pause}
        </Deed>
      )}
      {may.has('resume') && (
        <Deed permission="run:control" primary onDo={() => controlled.mutateAsync('resume')}>
          {t.resume}
        </Deed>
      )}
      {/* Whoever may reject a held run does that; others can take back what they began. */}
      {may.has('cancel') && !may.has('reject') && (
        <Deed
          permission="run:control"
          danger
          confirm={run.status === 'held' ? t.cancelHeldSure : t.cancelSure}
          onDo={() => controlled.mutateAsync('cancel')}
        >
          {t.cancelRun}
        </Deed>
      )}
      {may.has('pin') && (
        <Deed permission="run:control" onDo={() => pinned.mutateAsync(!run.pinned)}>
          {run.pinned ? t.unpin : t.pin}
        </Deed>
      )}
      <Dropdown
        trigger={['click']}
        menu={{
          items: ['csv', 'xlsx', 'jsonl'].map((format) => ({
            key: format,
            label: format.toUpperCase(),
          })),
          onClick: ({ key }) => void save(key),
        }}
      >
        <Button icon={<DownloadOutlined />}>{t.export}</Button>
      </Dropdown>
    </>
  );
}

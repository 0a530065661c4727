/** How far is each step, when did it run, and what became of its objects? A bar shows when. */
import { Table, type TableProps } from 'antd';
import { Link } from 'react-router';

import type { components } from '#/api/contract';
import { between, duration } from '#/base/time';
import { count } from '#/base/number';
import { useLanguage, useSay, useTexts } from '#/texts/language';
import { outcomes } from '#/texts/states';
import { cards } from '#/ui/cards';
import { Nothing } from '#/ui/Nothing';
import { RunTag } from '#/ui/StateTag';
import { useLinks } from '#/ui/zone';

import type { Run } from './queries.ts';
import { useStepNames } from './steps.ts';
import { runTexts } from './texts.ts';

type Step = components['schemas']['StepState'];

/** Where the bar of a step begins and how long it is, in percent of all steps. */
function barOf(run: Run, step: Step): { from: number; width: number } | undefined {
  const first = run.steps.find(({ started }) => started)?.started;
  const last = run.steps.findLast(({ ended }) => ended)?.ended ?? run.ended;
  const whole = between(first, last);
  const from = between(first, step.started);
  const long = between(step.started, step.ended ?? last);
  if (whole === undefined || from === undefined || long === undefined) return undefined;
  if (whole <= 0) return { from: 0, width: 100 };
  const start = Math.min(98, (100 * from) / whole);
  return { from: start, width: Math.min(100 - start, Math.max(2, (100 * long) / whole)) };
}

export function RunSteps(props: { run: Run }) {
  const { run } = props;
  const t = useTexts(runTexts);
  const say = useSay();
  const language = useLanguage();
  const links = useLinks();
  const nameOf = useStepNames(run);
  const columns: NonNullable<TableProps<Step>['columns']> = [
    {
      title: t.step,
      key: 'step',
      render: (_, step) => (
        <Link to={links.run(run.run, { tab: 'items', step: step.step })} data-value title={step.step}>
          {nameOf(step.step)}
        </Link>
      ),
    },
    { title: t.state, key: 'state', render: (_, step) => <RunTag run={{ status: step.status, mode: run.mode }} /> },
    {
      title: t.result,
      key: 'counts',
      render: (_, step) => (
        // One element: on a narrow screen those of a cell stand apart.
        <span>
          {Object.entries(step.counts)
            .filter(([, n]) => n > 0)
            .map(([outcome, n], index) => (
              <span key={outcome}>
                {index > 0 && t.join}
                <Link to={links.run(run.run, { tab: 'items', step: step.step, outcome })}>
                  {say(outcomes[outcome as keyof typeof outcomes]) || outcome} {count(n)}
                </Link>
              </span>
            ))}
        </span>
      ),
    },
    {
      title: t.took,
      key: 'took',
      width: '32%',
      render: (_, step) => {
        const bar = barOf(run, step);
        const ms = between(step.started, step.ended);
        return (
          <div className="when">
            <div className="when-track" aria-hidden>
              {bar && <div className="when-bar" style={{ insetInlineStart: `${bar.from}%`, width: `${bar.width}%` }} />}
            </div>
            <span className="number">{ms === undefined ? '—' : duration(ms, language)}</span>
          </div>
        );
      },
    },
  ];
  return (
    <Table<Step>
      aria-label={t.tabSteps}
      className="cards"
      size="small"
      pagination={false}
      scroll={{ x: 'max-content' }}
      columns={cards(columns)}
      dataSource={run.steps}
      rowKey={(step) => step.step}
      locale={{ emptyText: <Nothing title={t.noSteps} /> }}
    />
  );
}

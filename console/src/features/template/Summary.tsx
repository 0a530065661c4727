/** What exactly is activated? Read from the version that was saved and planned, not from what was typed. */
import { useQuery } from '@tanstack/react-query';
import { Alert, Descriptions } from 'antd';
import { Suspense } from 'react';

import type { Run } from '#/features/run/shared';
import { Difference } from '#/features/workflow/shared';
import { useSay, useTexts } from '#/texts/language';
import { scheduleWords } from '#/texts/schedule';
import { Colon } from '#/ui/Colon';
import { Loaded } from '#/ui/Loaded';

import { asked } from './ConnectionStep.tsx';
import { connectionOf, isEverything, schedulesOf, scopeOf } from './content.ts';
import { type Template, savedQuery } from './queries.ts';
import { templateTexts } from './texts.ts';

export function Summary(props: {
  template: Template;
  run: Run;
  /** The version that is live now, if one is. */
  live: number | null | undefined;
}) {
  const { run, live } = props;
  const t = useTexts(templateTexts);
  const say = useSay();
  const checked = useQuery(savedQuery(run.workflow, run.version));
  return (
    <section aria-label={t.summary}>
      <Loaded query={checked} rows={2}>
        {({ outline }) => {
          const content = outline?.content;
          const scope = scopeOf(content);
          const leftOut = scope?.exclude.join(', ') ?? '';
          const when = schedulesOf(content).map(({ cron, timezone }) => {
            const words = say(scheduleWords(cron)) || t.byRule(cron);
            return timezone === '' ? words : t.zoned(words, timezone);
          });
          return (
            <Descriptions
              size="small"
              bordered
              column={{ xs: 1, md: 2 }}
              title={<h2 className="part">{t.summary}</h2>}
              items={[
                { key: 'id', label: t.id, children: <span data-value>{run.workflow}</span> },
                { key: 'trigger', label: t.stepTrigger, children: when.length === 0 ? t.byHand : when.join('; ') },
                ...asked(props.template).map(({ alias }) => ({
                  key: `connection ${alias}`,
                  label: t.stepConnection,
                  children: <span data-value>{connectionOf(content, alias)}</span>,
                })),
                ...(scope === undefined
                  ? []
                  : [
                      {
                        key: 'scope',
                        label: t.stepScope,
                        children: (
                          <>
                            {isEverything(scope.include) ? (
                              t.wholeDirectory
                            ) : (
                              <span data-value>{scope.include.join(', ')}</span>
                            )}
                            {leftOut !== '' && (
                              <>
                                （{t.scopeExcluded}
                                <Colon />
                                <span data-value>{leftOut}</span>）
                              </>
                            )}
                          </>
                        ),
                      },
                    ]),
              ]}
            />
          );
        }}
      </Loaded>
      {typeof live === 'number' && live !== run.version && (
        <Alert
          type="warning"
          showIcon
          style={{ marginBlockStart: 12 }}
          title={t.replaces(String(live), String(run.version))}
          description={
            <Suspense fallback={null}>
              <Difference workflow={run.workflow} before={live} after={run.version} />
            </Suspense>
          }
        />
      )}
    </section>
  );
}

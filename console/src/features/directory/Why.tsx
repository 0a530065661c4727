/** Why is this person as they are? What each workflow says now, and what runs did, in words. */
import { useQuery } from '@tanstack/react-query';
import { Flex, Timeline, Typography } from 'antd';
import { Link } from 'react-router';

import { read } from '#/api/client';
import type { components } from '#/api/contract';
import { useSay, useTexts } from '#/texts/language';
import { Loaded } from '#/ui/Loaded';
import { Moment } from '#/ui/Moment';
import { Nothing } from '#/ui/Nothing';
import { RunTag } from '#/ui/StateTag';
import { useLinks } from '#/ui/zone';

import { directoryTexts } from './texts.ts';

type WhyStep = components['schemas']['WhyStep'];
const colours = { yes: 'green', no: 'gray', trouble: 'red', unknown: 'gray' } as const;

function Trace(props: { steps: readonly WhyStep[] }) {
  const say = useSay();
  return (
    <Timeline
      items={props.steps.map((step, index) => ({
        key: `${step.stage} ${index}`,
        color: colours[step.verdict],
        content: (
          <span data-value>
            {say(step.text)} {step.from && <Typography.Text code>{step.from}</Typography.Text>}
          </span>
        ),
      }))}
    />
  );
}

export function Why(props: { person: string }) {
  const t = useTexts(directoryTexts);
  const links = useLinks();
  const why = useQuery(read('/people/{id}/why', { path: { id: props.person }, query: { limit: 20 } }));
  return (
    <Loaded query={why} rows={4}>
      {(data) => {
        const several = (workflow: string) => data.now.filter((one) => one.workflow === workflow).length > 1;
        return (
          <Flex vertical gap={12}>
            {data.now.map((now) => (
              <section key={`${now.workflow} ${now.step}`}>
                <Typography.Title level={4} className="part">
                  {t.whyNow} <span data-value>{now.workflow}</span>
                  {/* Steps that differ in what they say of the person stand apart. */}
                  {several(now.workflow) && (
                    <>
                      {' '}
                      <Typography.Text type="secondary" code data-value>
                        {now.step}
                      </Typography.Text>
                    </>
                  )}
                </Typography.Title>
                <Trace steps={now.trace} />
              </section>
            ))}
            {data.runs.length === 0 && <Nothing small title={t.noRuns} />}
            {data.runs.map(({ run, accepted, trace }) => (
              <section key={run.run}>
                <Flex gap={8} align="center" wrap style={{ marginBottom: 8 }}>
                  <RunTag run={run} />
                  <Link to={links.run(run.run)} data-value>
                    {run.workflow} #{run.no}
                  </Link>
                  <Moment time={accepted} relative />
                </Flex>
                <Trace steps={trace} />
              </section>
            ))}
          </Flex>
        );
      }}
    </Loaded>
  );
}

/** 初始化: from an empty tenant to the people of WeCom: four values, checks and plan, the first run. */
import { useQuery } from '@tanstack/react-query';
import { Flex, Steps, Typography } from 'antd';
import { Link } from 'react-router';

import { useTexts } from '#/texts/language';
import { Loaded } from '#/ui/Loaded';
import { Page } from '#/ui/Page';
import { useLinks } from '#/ui/zone';

import { LiveStep } from './LiveStep.tsx';
import { PlanStep } from './PlanStep.tsx';
import { setupQuery } from './queries.ts';
import { type Screen, screenOf } from './stages.ts';
import { setupTexts } from './texts.ts';
import { ValuesStep } from './ValuesStep.tsx';

const screens: readonly Screen[] = ['values', 'plan', 'run'];

/** Other ways to begin. */
function Others() {
  const t = useTexts(setupTexts);
  const links = useLinks();
  return (
    <Flex gap={16} wrap>
      <Typography.Text type="secondary">{t.others}</Typography.Text>
      <Link to={links.upload()}>{t.fromFile}</Link>
      <Link to={links.templates()}>{t.fromTemplate}</Link>
      <Link to={links.people()}>{t.fromDirectory}</Link>
    </Flex>
  );
}

export function Component() {
  const t = useTexts(setupTexts);
  const setup = useQuery(setupQuery());
  return (
    <Page title={t.title}>
      <Typography.Text type="secondary">{t.lead}</Typography.Text>
      <Loaded query={setup}>
        {(data) => {
          const connector = data.current?.connector ?? data.sources[0]?.connector ?? 'wecom';
          const screen = screenOf(data.current);
          return (
            <>
              <Steps
                current={screens.indexOf(screen)}
                size="small"
                items={[{ title: t.stepForm }, { title: t.stepPlan }, { title: t.stepRun }]}
              />
              {screen === 'values' && (
                <>
                  <ValuesStep connector={connector} setup={data} />
                  <Others />
                </>
              )}
              {screen === 'plan' && <PlanStep connector={connector} setup={data} />}
              {screen === 'run' && <LiveStep connector={connector} setup={data} />}
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}

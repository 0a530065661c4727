/** What would a repetition do? Asked before it begins: which file is read again, and whether another version does it. */
import { useQuery } from '@tanstack/react-query';
import { Flex } from 'antd';
import { Suspense } from 'react';
import { Link } from 'react-router';

import { read } from '#/api/client';
import { Difference } from '#/features/workflow/shared';
import { useTexts } from '#/texts/language';
import { Loaded } from '#/ui/Loaded';
import { useLinks } from '#/ui/zone';

import { runTexts } from './texts.ts';

export function RetryAbout(props: { run: string }) {
  const t = useTexts(runTexts);
  const links = useLinks();
  const asked = useQuery(read('/runs/{id}/retry', { path: { id: props.run } }));
  return (
    <Loaded query={asked} rows={1}>
      {({ run, file, version, by_version: by }) => (
        <Flex vertical gap={8}>
          {file ? (
            <div>
              {t.retryFile(file)} <Link to={links.upload()}>{t.uploadAgain}</Link>
            </div>
          ) : (
            <div>{t.retrySure}</div>
          )}
          {by !== version && (
            <div>
              {t.retryVersion(String(by), String(version))}
              <Suspense fallback={null}>
                <Difference workflow={run.workflow} before={version} after={by} />
              </Suspense>
            </div>
          )}
        </Flex>
      )}
    </Loaded>
  );
}

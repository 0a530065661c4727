/** What happened, what comes, and what waits for somebody? */
import { Page } from '#/ui/Page';

import { useTexts } from '#/texts/language';

import { overviewTexts } from './texts.ts';

export function Component() {
  const t = useTexts(overviewTexts);
  return <Page title={t.overview}>{null}</Page>;
}

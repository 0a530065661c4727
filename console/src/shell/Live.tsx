/** Keeps the tab's stream of events, and says so when none arrive. */
import { Alert } from 'antd';

import { useLive, useLiveState } from '#/api/live';
import { useMe } from '#/api/session';
import { useTexts } from '#/texts/language';

import { shellTexts } from './texts.ts';

export function Live() {
  const t = useTexts(shellTexts);
  useLive(useMe().permissions);
  const state = useLiveState();
  return state === 'broken' ? <Alert banner type="warning" title={t.notLive} /> : null;
}

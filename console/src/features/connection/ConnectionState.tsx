/** Can a connection be used at present? Its last test, and whether it rests because it stopped runs. */
import { StateTag } from '#/ui/StateTag';

import type { Connection } from './queries.ts';
import { connectionTexts as words } from './texts.ts';

const looks = {
  ok: { ...words.ok, tone: 'good' },
  bad: { ...words.bad, tone: 'bad' },
  sick: { ...words.sick, tone: 'bad' },
  untested: { ...words.untested, tone: 'quiet' },
} as const;

export function ConnectionState(props: { connection: Connection }) {
  const { sick, tested } = props.connection;
  const state = sick ? 'sick' : tested ? (tested.ok ? 'ok' : 'bad') : 'untested';
  return <StateTag state={state} of={looks} />;
}

/** Can a connection be used at present? Its last test, and whether it rests because it stopped runs. */
import { StateTag } from '#/ui/StateTag';

import type { Connection } from './queries.ts';
import { connectionTexts as words } from './texts.ts';

/** How a connection stands, in a word. */
export function stateOf({ sick, tested }: Pick<Connection, 'sick' | 'tested'>): keyof typeof looks {
  if (sick) return 'sick';
  if (!tested) return 'untested';
  return tested.ok ? 'ok' : 'bad';
}

const looks = {
  ok: { ...words.ok, tone: 'good' },
  bad: { ...words.bad, tone: 'bad' },
  sick: { ...words.sick, tone: 'bad' },
  untested: { ...words.untested, tone: 'quiet' },
} as const;

export function ConnectionState(props: { connection: Connection }) {
  return <StateTag state={stateOf(props.connection)} of={looks} />;
}

/** In which state is it, in a table of a hundred thousand rows? As `StateTag`, drawn with next to no work: rows come and go at speed. */
import type { ReactNode } from 'react';

import { useSay } from '#/texts/language';
import type { Look } from '#/texts/states';

function shape(path: string): ReactNode {
  return (
    <svg viewBox="0 0 16 16" width="12" height="12" aria-hidden focusable="false">
      <circle cx="8" cy="8" r="7" fill="none" stroke="currentColor" strokeWidth="1.4" />
      <path d={path} fill="none" stroke="currentColor" strokeWidth="1.6" strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  );
}

// Made once: every row shows one of these five.
const icons = {
  good: shape('M4.8 8.2l2.2 2.2 4.2-4.6'),
  bad: shape('M5.5 5.5l5 5m0-5l-5 5'),
  warn: shape('M8 4.2v4.6m0 2.6v.2'),
  busy: shape('M8 4v4.2l2.8 1.6'),
  quiet: shape('M5 8h6'),
} as const;

/** A state that the table does not know is shown as it came: a newer server may have more. */
export function StateMark(props: { state: string | null | undefined; of: Record<string, Look> }) {
  const say = useSay();
  const look = props.state ? props.of[props.state] : undefined;
  if (look === undefined) return <span>{props.state ?? '—'}</span>;
  return (
    <span className={`mark mark-${look.tone}`}>
      {icons[look.tone]} {say(look)}
    </span>
  );
}

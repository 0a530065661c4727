/** When was that? The viewer's zone, words below a day, the other zone on hover and for readers. */
import { Tooltip } from 'antd';

import { instant, now, ownZone, relative } from '#/base/time';
import { common } from '#/texts/common';
import { useLanguage, useTexts } from '#/texts/language';

import { useMinute } from './minute.ts';
import { useZone } from './zone.ts';

export function Moment(props: {
  time: string | null | undefined;
  zone?: string | undefined;
  relative?: boolean;
  form?: 'full' | 'minute' | 'clock' | 'day';
}) {
  const language = useLanguage();
  const own = useZone();
  const t = useTexts(common);
  useMinute(props.relative === true && Boolean(props.time));
  if (!props.time) return <span>—</span>;
  const words = props.relative ? relative(props.time, now(), language) : undefined;
  const shown = words ?? instant(props.time, language, own, props.form ?? 'minute');
  const viewer = `${instant(props.time, language, own, 'full')}（${t.zoneOf(own ?? ownZone())}）`;
  const other =
    props.zone === undefined || props.zone === (own ?? ownZone())
      ? ''
      : `\n${instant(props.time, language, props.zone, 'full')}（${t.zoneOf(props.zone)}）`;
  return (
    <Tooltip title={<span style={{ whiteSpace: 'pre-line' }}>{viewer + other}</span>}>
      <time dateTime={props.time} style={{ whiteSpace: 'nowrap' }}>
        {shown}
      </time>
    </Tooltip>
  );
}

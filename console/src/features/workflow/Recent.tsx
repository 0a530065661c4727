/** How did its last runs go? A mark for each, the newest at the end; what each was stands in its name, and a press opens it. */
import { Tooltip } from 'antd';
import { Link } from 'react-router';

import type { components } from '#/api/contract';
import { instant } from '#/base/time';
import { useLanguage, useSay } from '#/texts/language';
import { runLook } from '#/texts/states';
import { useLinks, useZone } from '#/ui/zone';

export function Recent(props: { dots: readonly components['schemas']['RunDot'][] }) {
  const say = useSay();
  const language = useLanguage();
  const zone = useZone();
  const links = useLinks();
  const shown = props.dots.toSorted((a, b) => a.no - b.no);
  if (shown.length === 0) return '—';
  return (
    <span className="strip">
      {shown.map((dot) => {
        const look = runLook(dot);
        const words = `#${dot.no} ${say(look)} ${instant(dot.at, language, zone, 'minute')}`;
        return (
          <Tooltip key={dot.run} title={words}>
            <Link to={links.run(dot.run)} className={`strip-mark strip-${look.tone}`} aria-label={words} />
          </Tooltip>
        );
      })}
    </span>
  );
}

/** The menu at the side: links, so that they open in another tab too. */
import { Menu } from 'antd';
import { Link, useLocation } from 'react-router';

import { useMe } from '#/api/session';
import { useTexts } from '#/texts/language';
import { useLinks } from '#/ui/zone';

import { groups, overviewIcon } from './menu.tsx';
import { shellTexts } from './texts.ts';

export function SideMenu(props: { onGo?: () => void }) {
  const t = useTexts(shellTexts);
  const links = useLinks();
  const me = useMe();
  const { pathname } = useLocation();
  const shown = groups
    .map((group) => ({ ...group, pages: group.pages.filter(({ needs }) => me.permissions.includes(needs)) }))
    .filter((group) => group.pages.length > 0);
  const current = shown
    .flatMap((group) => group.pages)
    .map(({ page }) => links[page]())
    .filter((address) => pathname === address || pathname.startsWith(`${address}/`));
  const item = (address: string, label: string) => ({
    key: address,
    label: (
      <Link to={address} onClick={() => props.onGo?.()}>
        {label}
      </Link>
    ),
  });
  return (
    <nav aria-label={t.menu}>
      <Menu
        mode="inline"
        style={{ borderInlineEnd: 0 }}
        selectedKeys={current.length > 0 ? current : [links.overview()]}
        defaultOpenKeys={groups.map((group) => group.title)}
        items={[
          { ...item(links.overview(), t.overview), icon: overviewIcon },
          ...shown.map((group) => ({
            key: group.title,
            icon: group.icon,
            label: t[group.title],
            children: group.pages.map(({ page }) => item(links[page](), t[page])),
          })),
        ]}
      />
    </nav>
  );
}

/** Where is this page? */
import { Breadcrumb } from 'antd';
import { Link, useLocation, useParams } from 'react-router';

import { useTexts } from '#/texts/language';
import { useLinks } from '#/ui/zone';

import { groups } from './menu.tsx';
import { shellTexts } from './texts.ts';

export function Crumbs() {
  const t = useTexts(shellTexts);
  const links = useLinks();
  const { pathname } = useLocation();
  const { tenant = '', id } = useParams();
  const pages = groups.flatMap((group) => group.pages.map(({ page }) => page));
  const under = pages.find((page) => pathname === links[page]() || pathname.startsWith(`${links[page]()}/`));
  const deeper = under !== undefined && pathname !== links[under]();
  const last = pathname.endsWith('/plan') ? t.plan : undefined;
  const items = [
    { title: <Link to={links.overview()}>{under === undefined ? t.overview : tenant}</Link> },
    ...(under === undefined ? [] : [{ title: deeper ? <Link to={links[under]()}>{t[under]}</Link> : t[under] }]),
    ...(deeper && id !== undefined
      ? [{ title: last === undefined ? <span data-value>{id}</span> : <Link to={links.run(id)}>{t.run}</Link> }]
      : []),
    ...(last === undefined ? [] : [{ title: last }]),
  ];
  return <Breadcrumb items={items} style={{ minWidth: 0 }} />;
}

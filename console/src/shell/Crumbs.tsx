/** Where is this page? */
import { useQuery } from '@tanstack/react-query';
import { Breadcrumb } from 'antd';
import { Link, useLocation, useParams } from 'react-router';

import { useMe } from '#/api/session';
import { runQuery } from '#/features/run/shared';
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
  const { tenants } = useMe();
  const isRun = under === 'runs' && deeper && id !== undefined;
  const run = useQuery({ ...runQuery(id ?? ''), enabled: isRun, refetchInterval: false });
  const name = isRun && run.data ? `${run.data.workflow} #${run.data.no}` : id;
  const last = pathname.endsWith('/plan') ? t.plan : undefined;
  const items = [
    {
      title: (
        <Link to={links.overview()}>
          {under === undefined || tenants.length < 2 ? t.overview : <span data-value>{tenant}</span>}
        </Link>
      ),
    },
    ...(under === undefined ? [] : [{ title: deeper ? <Link to={links[under]()}>{t[under]}</Link> : t[under] }]),
    ...(deeper && id !== undefined
      ? [
          {
            title:
              last === undefined ? (
                <span data-value>{name}</span>
              ) : (
                <Link to={links.run(id)} data-value>
                  {name}
                </Link>
              ),
          },
        ]
      : []),
    ...(last === undefined ? [] : [{ title: last }]),
  ];
  return <Breadcrumb items={items} style={{ minWidth: 0 }} />;
}

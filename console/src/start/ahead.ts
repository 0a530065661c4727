/** What is asked while the scripts of a page are still on their way? Nothing before it is known who is signed in. */
import type { LoaderFunctionArgs, ShouldRevalidateFunctionArgs } from 'react-router';

import { setCsrf, setTenant } from '#/api/client';
import type { Me } from '#/api/session';
import { meQuery } from '#/shell/queries';

import { cache } from './cache.ts';

/** A loader that asks and waits for nothing; what is known already is not asked for again. */
export function ahead(ask: (me: Me, id: string) => void | Promise<void>) {
  return ({ params }: LoaderFunctionArgs): null => {
    setTenant(params['tenant']);
    cache
      .ensureQueryData(meQuery())
      .then((me) => {
        setCsrf(me.csrf ?? undefined, me.actor);
        return ask(me, params['id'] ?? '');
      })
      // Whoever draws the page asks again, and says what is wrong.
      .catch(() => undefined);
    return null;
  };
}

/** A filter or an open drawer in the address is the same page. */
export function onlyOtherPages({ currentUrl, nextUrl }: ShouldRevalidateFunctionArgs): boolean {
  return currentUrl.pathname !== nextUrl.pathname;
}

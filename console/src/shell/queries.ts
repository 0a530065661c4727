/** The calls of the frame: who is signed in, signing in and out. */
import { currentTenant, read, write } from '#/api/client';
import type { components } from '#/api/contract';
import type { Preferences } from '#/base/preferences';

/** Who is signed in, for the tenant that is looked at. */
export function meQuery() {
  return { ...read('/session'), staleTime: 60_000 };
}

export function signIn(given: { name: string; password: string }) {
  return write('post', '/session/start', { body: given });
}

export type Way = components['schemas']['SignInWay'];

/** The ways to sign in that are offered here. */
export function waysQuery() {
  const tenant = currentTenant();
  return { ...read('/session/ways', tenant ? { query: { tenant } } : {}), staleTime: 60_000 };
}

/** Those of them that need no password. */
export function othersOf(answer: { ways: Way[] } | undefined): Way[] {
  return (answer?.ways ?? []).filter(({ start }) => start.startsWith('/oauth/'));
}

/** Where a way begins; it comes back to this page. */
export function startOf(way: Way): string {
  const here = `${location.pathname}${location.search}`;
  return `${way.start}?${new URLSearchParams({ to: here }).toString()}`;
}

export function redeem(given: { code: string; name?: string; password?: string }) {
  return write('post', '/session/redeem', { body: given });
}

export function signOut() {
  return write('delete', '/session');
}

/** What the account says of language, theme and zone, as far as this console knows the words. */
export function liked(kept: {
  language?: string | null;
  theme?: string | null;
  zone?: string | null;
}): Partial<Preferences> {
  const { language, theme, zone } = kept;
  return {
    ...(language === 'zh' || language === 'en' ? { language } : {}),
    ...(theme === 'light' || theme === 'dark' || theme === 'system' ? { theme } : {}),
    ...(zone ? { zone } : {}),
  };
}

export function keepOnAccount(given: { language: string; theme: string; zone?: string }) {
  return write('post', '/session/preferences', { body: given });
}

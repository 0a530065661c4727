/** The calls of the frame: who is signed in, signing in and out. */
import { read, write } from '#/api/client';

/** Who is signed in, for the tenant that is looked at. */
export function meQuery() {
  return { ...read('/session'), staleTime: 60_000 };
}

export function signIn(given: { name: string; password: string }) {
  return write('post', '/session/start', { body: given });
}

export function redeem(given: { code: string; name?: string; password?: string }) {
  return write('post', '/session/redeem', { body: given });
}

export function signOut() {
  return write('delete', '/session');
}

export function keepOnAccount(given: { language: string; theme: string; zone?: string }) {
  return write('post', '/session/preferences', { body: given });
}

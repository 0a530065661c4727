/** Did somebody sign in meanwhile, in another tab? Then nobody asks for a password here. */
import { fetchNow } from '#/api/client';
import type { Me } from '#/api/session';
import { now } from '#/base/time';

/** For so long after it went on by itself it does not do so again, in ms: a call that is refused all the same would be endless. */
const rest = 60_000;
let went: number | undefined;

/** Looks at once, and whenever somebody comes back to this page; gives what ends that. */
export function signedInElsewhere(onSignedIn: (me: Me) => void): () => void {
  let looking = false;
  let ended = false;
  const look = async () => {
    if (looking || document.visibilityState === 'hidden') return;
    looking = true;
    try {
      const me = await fetchNow('/session');
      if (ended) return;
      went = now();
      onSignedIn(me);
    } catch {
      // Nobody is, or the server is not reached: the form stays.
    } finally {
      looking = false;
    }
  };
  const back = () => void look();
  addEventListener('focus', back);
  document.addEventListener('visibilitychange', back);
  if (went === undefined || now() - went >= rest) back();
  return () => {
    ended = true;
    removeEventListener('focus', back);
    document.removeEventListener('visibilitychange', back);
  };
}

/** After an upgrade an open tab asks for files that are gone: it is loaded again, once. Drafts are kept by their forms. */
import { now } from '#/base/time';

const name = 'idflow.reloaded';

addEventListener('vite:preloadError', (event) => {
  const before = Number(sessionStorage.getItem(name) ?? '0');
  // Twice within a minute is no upgrade: the error shows.
  if (now() - before < 60_000) return;
  sessionStorage.setItem(name, String(now()));
  event.preventDefault();
  location.reload();
});

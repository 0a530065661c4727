/**
 * Writes that got no answer. The same one, sent again by whoever presses once more, is one deed: it goes under the key of the
 * first. That holds right after it, and while nothing else was done there: later, the same press means to do it anew.
 */
import { freshKey } from '#/base/keys';
import { now } from '#/base/time';

/** How long after an answer was lost the same press is the same deed, in ms. */
const keptFor = 60_000;

interface Waiting {
  readonly key: string;
  /** What it is about. */
  readonly about: string;
  /** When its answer was lost; nothing while it is on its way. */
  lost?: number;
}

const waiting = new Map<string, Waiting>();

/** What a write is about: the object that its path names, or else all things of that sort. */
export function aboutOf(path: string, ids: Readonly<Record<string, unknown>>): string {
  const parts = path.split('/').filter((part) => part !== '');
  const named = parts.findIndex((part) => part.startsWith('{'));
  return parts
    .slice(0, named === -1 ? 1 : named + 1)
    .map((part) => (part.startsWith('{') ? encodeURIComponent(String(ids[part.slice(1, -1)])) : part))
    .join('/');
}

/** Whether one is about the other, or about a part of it. */
function touches(one: string, other: string): boolean {
  return one === other || one.startsWith(`${other}/`) || other.startsWith(`${one}/`);
}

/** Something else is written there: what got no answer before is a deed of its own when it is done again. */
export function forgetOthers(about: string, same?: string): void {
  for (const [name, one] of waiting) if (name !== same && touches(one.about, about)) waiting.delete(name);
}

/** Under which key a write goes, and what became of it is told to. */
export function keyOf(same: string, about: string): { key: string; answered: () => void; lost: () => void } {
  const before = waiting.get(same);
  const old = before?.lost !== undefined && now() - before.lost > keptFor;
  const mine: Waiting = before && !old ? before : { key: freshKey(), about };
  delete mine.lost;
  waiting.set(same, mine);
  const mineStill = () => waiting.get(same) === mine;
  return {
    key: mine.key,
    answered: () => {
      if (mineStill()) waiting.delete(same);
    },
    lost: () => {
      if (mineStill()) mine.lost = now();
    },
  };
}

/** When does a workflow run next? Of several schedules the one that comes first, in whatever order its text has them. */
import { between } from '#/base/time';

export function dueOf<T extends { next?: string | null }>(schedules: readonly T[] | undefined): T | undefined {
  return (schedules ?? [])
    .filter(({ next }) => Boolean(next))
    .reduce<T | undefined>((first, one) => ((between(first?.next, one.next) ?? -1) < 0 ? one : first), undefined);
}

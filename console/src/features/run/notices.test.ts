/** Is the question of a first link none of limits, and does what makes duplicates stand first and warn? */
import { expect, test } from 'vitest';

import type { components } from '#/api/contract';

import { asksSource, inOrder, questionOf, warns } from './notices.ts';

type Next = components['schemas']['NextKind'];

function issue(code: string, kind?: Next) {
  return { code, next: kind ? { kind, about: null } : null };
}

test('what a held plan asks', () => {
  expect(questionOf(issue('adopt', 'approve_run'))).toBe('adopt');
  expect(questionOf(issue('limit_count', 'approve_run'))).toBe('limit');
  expect(questionOf(issue('limit_percent', 'approve_run'))).toBe('limit');
  expect(questionOf(issue('approval_needed', 'approve_run'))).toBe('other');
  expect(questionOf(issue('source_shrink', 'check_source'))).toBe('source');
  expect(asksSource([issue('adopt', 'approve_run')])).toBe(false);
  expect(asksSource([issue('adopt', 'approve_run'), issue('mass_clear', 'check_source')])).toBe(true);
});

test('what makes duplicates, renames or waits for a decision comes first', () => {
  const notices = [
    issue('adopt_linked', 'list_items'),
    issue('adopt_apart'),
    issue('adopt_renamed', 'list_items'),
    issue('adopt_beside', 'list_matching'),
    issue('managers_by_name', 'list_items'),
  ];
  expect(inOrder(notices).map(({ code }) => code)).toEqual([
    'adopt_renamed',
    'adopt_beside',
    'adopt_linked',
    'adopt_apart',
    'managers_by_name',
  ]);
  expect(notices.filter(warns).map(({ code }) => code)).toEqual(['adopt_renamed', 'adopt_beside']);
});

/** Is the question of a first link none of limits, and does what makes duplicates stand first and warn? */
import { expect, test } from 'vitest';

import type { components } from '#/api/contract';

import { inOrder, lookedAt, questionOf, warns } from './notices.ts';

type Next = components['schemas']['NextKind'];

function issue(code: string, kind?: Next) {
  return { code, next: kind ? { kind, about: null } : null };
}

const check = (rule: string, more: { ok?: boolean; source?: boolean } = {}) => ({
  rule,
  ok: false,
  source: true,
  ...more,
});

test('what a held plan asks', () => {
  expect(questionOf(issue('adopt', 'approve_run'))).toBe('adopt');
  expect(questionOf(issue('limit_count', 'approve_run'))).toBe('limit');
  expect(questionOf(issue('limit_percent', 'approve_run'))).toBe('limit');
  expect(questionOf(issue('approval_needed', 'approve_run'))).toBe('other');
  expect(questionOf(issue('source_shrink', 'check_source'))).toBe('source');
  expect(questionOf(issue('target_missing', 'check_source'))).toBe('target');
});

test('a plan that nobody approves as it stands asks for a look all the same: its checks tell', () => {
  const plan = (codes: string[], safety: ReturnType<typeof check>[]) => ({
    held: codes.map((code) => issue(code)),
    safety,
  });
  // Such a plan names no next step, or another one.
  expect(lookedAt(plan(['source_shrink'], [check('source_shrink')]))).toBe('source');
  expect(lookedAt({ held: [issue('source_shrink', 'run_workflow')], safety: [check('source_shrink')] })).toBe('source');
  expect(lookedAt(plan(['mass_clear'], [check('mass_clear.mobile')]))).toBe('source');
  expect(lookedAt(plan(['target_missing'], [check('target_missing')]))).toBe('target');
  expect(lookedAt(plan(['target_missing', 'source_min'], [check('target_missing'), check('source_min')]))).toBe('both');
  expect(lookedAt(plan(['limit_count'], [check('create.max', { source: false })]))).toBeUndefined();
  expect(lookedAt(plan(['adopt'], [check('adopt', { source: false })]))).toBeUndefined();
  expect(lookedAt(plan(['limit_count'], [check('source_shrink', { ok: true })]))).toBeUndefined();
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

import { expect, test } from 'vitest';

import { blank, formOf, sentOf, targetOf } from './rule.ts';

test('a rule that is shown and saved again is the same', () => {
  const form = { ...blank('zh', 'Asia/Shanghai', 'main'), users: ['li.na'], quiet: true, collect: 5 };
  const sent = sentOf(form);
  expect(sent).toMatchObject({
    name: 'problems',
    channel: { kind: 'message', connection: 'main', to_users: ['li.na'] },
    quiet: { from: '22:00', to: '07:30', timezone: 'Asia/Shanghai' },
    collect_ms: 300_000,
    expiring_ms: 14_400_000,
  });
  const rule = {
    ...sent,
    id: 'problems',
    name: 'problems',
    enabled: true,
    workflows: [],
    language: 'zh' as const,
    collect_ms: 300_000,
    expiring_ms: 14_400_000,
    changed: '',
    changed_by: '',
    waiting: 0,
    etag: '',
  };
  expect(sentOf(formOf(rule, 'UTC'))).toEqual(sent);
  // A duration that a field cannot show to the end is kept where only something else is changed.
  const odd = { ...rule, collect_ms: 90_001, expiring_ms: 1_200_000 };
  const shown = formOf(odd, 'UTC');
  expect([shown.collect, shown.expiring]).toEqual([1.5, 0.33]);
  expect(sentOf({ ...shown, name: 'other' }, odd)).toMatchObject({ collect_ms: 90_001, expiring_ms: 1_200_000 });
  expect(sentOf({ ...shown, collect: 2, expiring: 0.5 }, odd)).toMatchObject({
    collect_ms: 120_000,
    expiring_ms: 1_800_000,
  });
});

test('a new rule is proposed an id that no other has', () => {
  expect(blank('zh', 'UTC', 'main', []).id).toBe('problems');
  expect(blank('zh', 'UTC', 'main', ['problems', 'problems_2']).id).toBe('problems_3');
});

test('another way forgets the fields of the one before', () => {
  const form = {
    ...blank('en', 'UTC', 'main'),
    kind: 'webhook' as const,
    users: ['li.na'],
    url: ' https://hook.example/x ',
  };
  expect(sentOf(form).channel).toEqual({ kind: 'webhook', url: 'https://hook.example/x' });
  expect(sentOf(form).quiet).toBeNull();
  expect(targetOf({ kind: 'mail', to: ['a@example.com', 'b@example.com'] })).toBe('a@example.com, b@example.com');
});

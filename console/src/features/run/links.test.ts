import { expect, test } from 'vitest';

import { linksOf } from './links.ts';
import type { Item, ItemObject } from './queries.ts';

function item(row: number, name: string, target: string, reason?: string, type = 'user'): Item {
  const object: ItemObject = { type, system: 'wecom', source: target, at: null, name, target };
  const text = { zh: reason ?? '', en: reason ?? '' };
  return {
    row,
    step: 'update_user',
    key: `${type}:${target}`,
    object: object as Item['object'],
    action: 'update',
    diff: [],
    removes: false,
    rule: 'linked',
    planned: reason === undefined ? 'do' : 'invalid',
    error: reason === undefined ? null : { code: 'x', class: 'conflict', owner: 'hr', reason: text, hint: text },
    warnings: [],
    blocked_by: null,
  };
}

test('two who exchange a value lead to each other, and so do a department and who is in it', () => {
  const items = [
    item(0, 'OLD', '7', 'still in use by Li (u041)', 'department'),
    item(1, 'Wang', 'u040', 'exchanges with Li (u041)'),
    item(2, 'Li', 'u041', 'exchanges with Wang (u040)'),
    item(3, 'Li', 'u04'),
  ];
  const rows = [...linksOf(items)].map(([row, others]) => [row, others.map((other) => other.row)]);
  expect(Object.fromEntries(rows)).toEqual({ 0: [2], 1: [2], 2: [0, 1] });
});

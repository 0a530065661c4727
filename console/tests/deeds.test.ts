/** Has every write of the API words for the audit log? The document of the API names them all. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

import { auditDeeds } from '#/features/audit/texts';

test('each operation that writes is called something in both languages', () => {
  const document = JSON.parse(
    readFileSync(fileURLToPath(new URL('../../docs/reference/openapi.json', import.meta.url)), 'utf8'),
  ) as { paths: Record<string, Record<string, { operationId?: string }>> };
  const writes = Object.values(document.paths).flatMap((operations) =>
    Object.entries(operations).flatMap(([method, { operationId }]) =>
      method === 'get' || operationId === undefined ? [] : [operationId],
    ),
  );
  expect(writes.length).toBeGreaterThan(50);
  expect(writes.filter((name) => auditDeeds[name] === undefined)).toEqual([]);
});

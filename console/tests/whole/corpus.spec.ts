/**
 * The form of the editor over every workflow that there is: the templates and the files by which the compiler is judged. A value
 * that is typed changes its own lines and nothing else, and typing what stood there before gives the file back, byte for byte.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { type Watched, enter, expect, test } from './support.ts';

const folders = ['../../../workflows/', '../../../tests/corpus/valid/'].map((name) =>
  fileURLToPath(new URL(name, import.meta.url)),
);
const files = folders.flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.yaml') && !name.endsWith('.test.yaml'))
    .map((name) => ({ name, text: readFileSync(`${folder}${name}`, 'utf8') })),
);

/** A question to the compiler, as the console asks it. */
async function ask<T>(page: Watched, csrf: string, path: string, body: object): Promise<T> {
  const answer = await page.context().request.post(`${new URL(page.url()).origin}/api/v1/compiler/${path}`, {
    headers: { 'X-Idflow-Csrf': csrf },
    data: body,
  });
  expect(answer.status(), await answer.text()).toBe(200);
  return (await answer.json()) as T;
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

/** Every text that the form shows: values of mappings, names of steps, the name of the file. */
function shown(content: unknown): { path: string[]; value: string }[] {
  const found: { path: string[]; value: string }[] = [];
  const take = (path: string[], value: unknown) => {
    if (typeof value === 'string' && value !== '' && !value.includes('\n')) found.push({ path, value });
  };
  for (const [name, mapping] of Object.entries(member(content, 'mappings') ?? {})) {
    for (const [field, rule] of Object.entries(member(mapping, 'fields') ?? {})) {
      const path = ['mappings', name, 'fields', field];
      if (typeof rule === 'string') take(path, rule);
      else take([...path, 'value'], member(rule, 'value'));
    }
  }
  for (const list of ['steps', 'finally']) {
    for (const step of (member(content, list) ?? []) as unknown[]) {
      const id = member(step, 'id');
      if (typeof id !== 'string') continue;
      for (const language of ['zh', 'en']) take([list, id, 'name', language], member(member(step, 'name'), language));
    }
  }
  return found;
}

test('每个工作流文件：表单只改动所填的行，改回去后文件一字不差', async ({ browser, house }) => {
  expect(files.length).toBeGreaterThan(10);
  const page = await enter(browser, house, 'lin.hai');
  const csrf = await page.evaluate(
    async () => ((await (await fetch('/api/v1/session')).json()) as { csrf: string }).csrf,
  );
  const wrong: string[] = [];
  let edits = 0;
  const look = async ({ name, text }: (typeof files)[number], turn: number) => {
    const checked = await ask<{ outline?: { content?: unknown } }>(page, csrf, 'validate', { text, live: false });
    const values = shown(checked.outline?.content);
    // Another place in each file; a template is looked at in three.
    const places = turn < 5 ? [0, Math.floor(values.length / 2), values.length - 1] : [turn % values.length];
    for (const { path, value } of new Set(places.flatMap((at) => values[at] ?? []))) {
      edits += 1;
      const typed = (from: string, to: string) =>
        ask<{ text: string }>(page, csrf, 'edit', { text: from, edits: [{ path, kind: 'set', value: to }] });
      const after = (await typed(text, `${value} 新`)).text;
      const before = text.split('\n');
      const lines = after.split('\n');
      const changed = lines.filter((line, n) => line !== before[n]).length;
      if (lines.length !== before.length || changed !== 1)
        wrong.push(`${name} ${path.join('.')}: ${changed} lines changed`);
      if ((await typed(after, value)).text !== text) wrong.push(`${name} ${path.join('.')}: not given back`);
    }
  };
  for (let from = 0; from < files.length; from += 4) {
    await Promise.all(files.slice(from, from + 4).map((file, n) => look(file, from + n)));
  }
  expect(edits).toBeGreaterThan(files.length / 2);
  expect(wrong).toEqual([]);
  await page.context().close();
});

/** Does the tree keep its own rules? Direction of imports, and what may stand only in one place. */
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

const src = fileURLToPath(new URL('../src', import.meta.url));
const rows = ['base', 'texts', 'api', 'ui', 'features', 'shell', 'start'];
const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.tsx?$/.test(name) && name !== 'api/contract.ts')
  .map((name) => ({ name, text: readFileSync(join(src, name), 'utf8') }));
const shipped = files.filter(({ name }) => !name.includes('.test.'));

/** What a file imports from this tree, as a path below `src`. */
function imports({ name, text }: { name: string; text: string }): string[] {
  const found = text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g);
  return [...found].flatMap(([, target = '']) => {
    if (target.startsWith('#/')) return [target.slice(2)];
    if (target.startsWith('.')) return [normalize(join(dirname(name), target))];
    return [];
  });
}

function feature(path: string): string | undefined {
  return /^features\/([^/]+)\//.exec(path)?.[1];
}

test('imports point down', () => {
  const wrong = files.flatMap((file) => {
    const row = rows.indexOf(file.name.split('/')[0] ?? '');
    return (
      imports(file)
        // The contract's types are the words of all rows.
        .filter((target) => rows.indexOf(target.split('/')[0] ?? '') > row && target !== 'api/contract')
        .map((target) => `${file.name} -> ${target}`)
    );
  });
  expect(wrong).toEqual([]);
});

test('a feature uses another one through shared.ts only, and across folders imports begin with #/', () => {
  const wrong = files.flatMap((file) =>
    imports(file)
      .filter((target) => {
        const own = feature(file.name);
        const other = feature(target);
        return own !== undefined && other !== undefined && own !== other && !/\/shared(\.tsx?)?$/.test(target);
      })
      .map((target) => `${file.name} -> ${target}`),
  );
  const climbs = files.filter(({ text }) => /from '\.\.\//.test(text)).map(({ name }) => name);
  expect([...wrong, ...climbs]).toEqual([]);
});

test('features form no circle', () => {
  const uses = new Map<string, Set<string>>();
  for (const file of shipped) {
    const own = feature(file.name);
    if (own === undefined) continue;
    const others = imports(file).flatMap((target) => feature(target) ?? []);
    uses.set(own, new Set([...(uses.get(own) ?? []), ...others.filter((other) => other !== own)]));
  }
  const circle = (at: string, path: string[]): string[] =>
    path.includes(at) ? [...path, at] : [...(uses.get(at) ?? [])].flatMap((next) => circle(next, [...path, at]));
  expect([...uses.keys()].flatMap((name) => circle(name, []))).toEqual([]);
});

const onlyIn: [string, RegExp, RegExp][] = [
  ['fetch only in api/', /(?<![\w.])fetch\(/, /^api\//],
  [
    'Date and Intl only in base/time.ts and base/number.ts',
    /\bnew Date\b|\bDate\.|\bIntl\./,
    /^base\/(time|number)\.ts$/,
  ],
  ['localStorage only in base/draft.ts and base/preferences.ts', /localStorage/, /^base\/(draft|preferences)\.ts$/],
  ['addresses only in base/links.ts and start/routes.tsx', /['"`]\/w\//, /^(base\/links\.ts|start\/routes\.tsx)$/],
  ['no HTML from text', /dangerouslySetInnerHTML|innerHTML/, /^$/],
  ['the query of an address only through base/urlstate.ts', /useSearchParams/, /^base\/urlstate\.ts$/],
];

/** A file without its comments. */
const code = ({ text }: { text: string }) => text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');

test.each(onlyIn)('%s', (_, pattern, allowed) => {
  expect(
    shipped.filter((file) => pattern.test(code(file)) && !allowed.test(file.name)).map(({ name }) => name),
  ).toEqual([]);
});

test('Chinese stands in tables of texts only', () => {
  const allowed = /(^|\/)texts\.ts$|^texts\//;
  const han = shipped
    .filter(({ name }) => !allowed.test(name) && name !== 'base/time.ts')
    .filter(({ text }) => /\p{Script=Han}/u.test(text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')))
    .map(({ name }) => name);
  expect(han).toEqual([]);
});

test('a file opens with the question it answers, and stays small', () => {
  const wordless = shipped.filter(({ text }) => !text.startsWith('/**')).map(({ name }) => name);
  const large = shipped.filter(({ text }) => text.split('\n').length > 400).map(({ name }) => name);
  expect({ wordless, large }).toEqual({ wordless: [], large: [] });
});

test('one copy of what breaks in two', () => {
  const modules = relative(process.cwd(), fileURLToPath(new URL('../node_modules', import.meta.url)));
  const lock = JSON.parse(readFileSync(fileURLToPath(new URL('../package-lock.json', import.meta.url)), 'utf8')) as {
    packages: Record<string, { version?: string; hasInstallScript?: boolean; dev?: boolean }>;
  };
  expect(modules).toBeDefined();
  for (const name of ['@codemirror/state', 'react', 'react-dom']) {
    const copies = Object.keys(lock.packages).filter((path) => path.endsWith(`node_modules/${name}`));
    expect(copies).toEqual([`node_modules/${name}`]);
  }
  const manifest = JSON.parse(
    readFileSync(fileURLToPath(new URL('../package.json', import.meta.url)), 'utf8'),
  ) as Record<'dependencies' | 'devDependencies', Record<string, string>>;
  const loose = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies }).filter(
    ([, version]) => !/^\d+\.\d+\.\d+$/.test(version),
  );
  expect(loose).toEqual([]);
});

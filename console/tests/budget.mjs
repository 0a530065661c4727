/** Does the console stay light? Sums what the first page and the heaviest one load, gzipped, from Vite's manifest. */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const manifest = JSON.parse(readFileSync('dist/.vite/manifest.json', 'utf8'));
const weights = new Map();
const weigh = (file) => {
  if (!weights.has(file)) weights.set(file, gzipSync(readFileSync(`dist/${file}`)).length);
  return weights.get(file);
};
/** The scripts that are loaded before an entry runs. */
const needs = (name, seen = new Set()) => {
  if (seen.has(name)) return seen;
  seen.add(name);
  for (const other of manifest[name].imports ?? []) needs(other, seen);
  return seen;
};
const sum = (names) => [...names].reduce((total, name) => total + weigh(manifest[name].file), 0);
const entry = Object.keys(manifest).find((name) => manifest[name].isEntry);
const first = needs(entry);
const pages = [...new Set(Object.values(manifest).flatMap(({ dynamicImports = [] }) => dynamicImports))];
const kib = (bytes) => Math.round(bytes / 1024);
const frame = pages.find((name) => manifest[name].name === 'frame');
const start = new Set([...first, ...needs(frame)]);
const limits = [
  ['first script', sum(first), 270],
  ['frame with the overview', sum(start), 400],
  [
    'everything',
    [...new Set(Object.values(manifest).map(({ file }) => file))]
      .filter((file) => file.endsWith('.js'))
      .reduce((total, file) => total + weigh(file), 0),
    1400,
  ],
];
for (const page of pages) {
  const beyond = [...needs(page)].filter((name) => !start.has(name));
  limits.push([page, sum(beyond), 200]);
}
let over = false;
for (const [what, bytes, limit] of limits) {
  const bad = kib(bytes) > limit;
  over ||= bad;
  console.log(`${bad ? 'TOO HEAVY ' : ''}${what}: ${kib(bytes)} KiB of ${limit} KiB gzip`);
}
process.exit(over ? 1 : 0);

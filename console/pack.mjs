// How the built files go into the program: each one below dist/assets packed by gzip, without the plain one beside it. The page
// itself stays plain, because the server writes a nonce into every answer of it.
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const folder = new URL('./dist/assets/', import.meta.url);
const packable = /\.(js|css|svg|json)$/;
let before = 0;
let after = 0;

for (const name of readdirSync(folder).filter((file) => packable.test(file))) {
  const file = new URL(name, folder);
  const plain = readFileSync(file);
  const packed = gzipSync(plain, { level: 9 });
  writeFileSync(new URL(`${name}.gz`, folder), packed);
  rmSync(file);
  before += plain.length;
  after += packed.length;
}
// The list of files is for the budget only; nobody asks for it over the network.
rmSync(new URL('./dist/.vite', import.meta.url), { recursive: true, force: true });
console.log(`console: ${Math.round(after / 1024)} KiB packed, ${Math.round(before / 1024)} KiB plain`);

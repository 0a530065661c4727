/** Are the types of the contract those of the document? Makes them again and compares. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'idflow-contract-'));
const made = join(folder, 'contract.ts');
execFileSync('npx', ['--no', 'openapi-typescript', '../docs/reference/openapi.json', '--enum-values', '-o', made], {
  stdio: ['ignore', 'ignore', 'inherit'],
});
const same = readFileSync(made, 'utf8') === readFileSync('src/api/contract.ts', 'utf8');
rmSync(folder, { recursive: true });
if (!same) {
  console.error('src/api/contract.ts is not what docs/reference/openapi.json says: run `npm run contract`');
  process.exit(1);
}

/**
 * A whole house for the browser: the simulator of WeCom, the real server with a fresh data folder, seeded people, runs and
 * accounts. `node tests/whole/house.mjs` opens one and keeps it until it is interrupted.
 *
 * IDFLOW_BIN and WECOM_SIM_BIN name the programs. Where the program was built without this console, its files come from
 * `dist/` through a small front with the same policy.
 */
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const dist = fileURLToPath(new URL('../../dist', import.meta.url));
const run = promisify(execFile);
export const password = 'correct horse battery';

function needed(name) {
  const path = process.env[name];
  if (!path) throw new Error(`${name} names no program`);
  return path;
}

/** Starts a program and waits for a line of it that matches. */
function start(program, args, pattern, env) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  let said = '';
  return new Promise((resolve, reject) => {
    const listen = (piece) => {
      said += piece;
      const found = pattern.exec(said);
      if (found) resolve({ child, found });
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    child.on('error', reject);
    child.on('exit', (code) => reject(new Error(`${program} ended with ${code}: ${said}`)));
  });
}

const departments = `dept_id,parent_id,name,order
HQ,,示例公司,1
RD,HQ,研发部,1
PLAT,RD,平台组,1
OPS,HQ,运营部,2
SALES,HQ,销售部,3
`;

const families = ['张', '李', '王', '刘', '陈', '杨', '赵', '黄', '周', '吴'];
const names = ['伟', '娜', '芳', '洋', '静', '敏', '磊', '军'];

/** The people of the house: 0004 has a number that another member has already, 0005 has neither number nor address. */
export function users(leave = () => false, mend = false) {
  const lines = ['external_id,userid,name,mobile,email,position,departments,is_leader,manager,status'];
  for (let n = 1; n <= 64; n += 1) {
    const key = String(n).padStart(4, '0');
    if (leave(n)) continue;
    const name = `${families[n % 10]}${names[n % 8]}`;
    const of = ['RD', 'PLAT', 'OPS', 'SALES'][n % 4];
    const mobile = n === 5 && !mend ? '' : `154000${String(n).padStart(5, '0')}`;
    const mail = n % 3 === 0 && n !== 5 ? `p${key}@example.com` : '';
    lines.push(
      `${key},p${key},${name},${mobile},${mail},${n % 7 === 0 ? '经理' : '工程师'},${of},${n % 16 === 1 ? 1 : 0},${n > 1 ? '0001' : ''},active`,
    );
  }
  return `${lines.join('\n')}\n`;
}

/** The files of `dist/`, and all else from the server, under one address. */
async function openFront(server) {
  const types = { js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml', html: 'text/html; charset=utf-8' };
  const front = createServer((incoming, answer) => {
    const path = new URL(incoming.url ?? '/', 'http://front').pathname;
    if (/^\/(api|hooks|callbacks|oauth|metrics|healthz|readyz)(\/|$)/.test(path)) {
      const headers = { ...incoming.headers, host: server.host };
      if (headers.origin) headers.origin = server.origin;
      const onward = request(`${server.origin}${incoming.url}`, { method: incoming.method, headers }, (reply) => {
        answer.writeHead(reply.statusCode ?? 502, reply.headers);
        reply.pipe(answer);
      });
      onward.on('error', () => {
        if (!answer.headersSent) answer.writeHead(502);
        answer.end();
      });
      // A browser that goes away takes its stream of events along; the server counts them.
      answer.on('close', () => onward.destroy());
      incoming.pipe(onward);
      return;
    }
    const file = path.startsWith('/assets/') ? join(dist, path) : undefined;
    try {
      if (file && statSync(file).isFile()) {
        answer.writeHead(200, { 'Content-Type': types[file.split('.').pop()] ?? 'application/octet-stream' });
        answer.end(readFileSync(file));
        return;
      }
    } catch {
      answer.writeHead(404).end();
      return;
    }
    const nonce = randomBytes(16).toString('hex');
    answer.writeHead(200, {
      'Content-Type': types.html,
      'Cache-Control': 'no-store',
      'Content-Security-Policy': `default-src 'none'; script-src 'self'; style-src 'self' 'nonce-${nonce}'; img-src 'self' data:; font-src 'self'; connect-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
    });
    answer.end(readFileSync(join(dist, 'index.html'), 'utf8').replaceAll('__NONCE__', nonce));
  });
  await new Promise((resolve) => {
    front.listen(0, '127.0.0.1', resolve);
  });
  return { front, url: `http://127.0.0.1:${front.address().port}` };
}

async function hasThisConsole(origin) {
  const page = await (await fetch(origin)).text();
  const script = /assets\/index-[\w-]+\.js/.exec(readFileSync(join(dist, 'index.html'), 'utf8'))?.[0];
  return script !== undefined && page.includes(script);
}

/** Opens a house. */
export async function openHouse() {
  const folder = mkdtempSync(join(tmpdir(), 'idflow-house-'));
  const data = join(folder, 'data');
  const hr = join(folder, 'hr');
  mkdirSync(hr);
  writeFileSync(join(hr, 'departments.csv'), departments);
  writeFileSync(join(hr, 'users.csv'), users());
  writeFileSync(join(folder, 'password'), password);
  const sim = await start(needed('WECOM_SIM_BIN'), ['--port', '0'], /(\{"base_url".*\})/, {});
  const { base_url: simUrl, admin } = JSON.parse(sim.found[1]);
  const env = {
    IDFLOW_DATA_DIR: data,
    IDFLOW_LANG: 'zh',
    IDFLOW_DISK_FLOOR: '0',
    APP: 'sim-app-secret',
    CONTACTS: 'sim-contacts-secret',
  };
  let serve = await start(
    needed('IDFLOW_BIN'),
    ['serve', '--listen', '127.0.0.1:0'],
    /(http:\/\/([\d.]+:\d+))\/welcome\/(\S+)/,
    env,
  );
  const [, origin, host, code] = serve.found;
  const cli = async (...args) => {
    try {
      return (await run(needed('IDFLOW_BIN'), args, { cwd: folder, env: { ...process.env, ...env } })).stdout;
    } catch (error) {
      // 3: done in part, 4: held. Both are what a story is about.
      if (error.code === 3 || error.code === 4) return error.stdout;
      throw error;
    }
  };
  const faults = (rules) => fetch(`${admin}/faults`, { method: 'PUT', body: JSON.stringify({ seed: 1, rules }) });
  /** Kills the server without a word, and starts it again at the same address when the story says so. */
  const kill = () =>
    new Promise((resolve) => {
      serve.child.once('exit', resolve);
      serve.child.kill('SIGKILL');
    });
  const restart = async () => {
    serve = await start(needed('IDFLOW_BIN'), ['serve', '--listen', host], new RegExp(host), env);
  };
  const own = await hasThisConsole(origin);
  const front = own ? undefined : await openFront({ origin, host });
  const close = () => {
    serve.child.kill();
    sim.child.kill();
    front?.front.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { url: front?.url ?? origin, origin, code, folder, hr, admin, simUrl, cli, faults, kill, restart, close };
}

/** The first person of a house, who may do everything. */
export async function settle(house) {
  await fetch(`${house.origin}/api/v1/session/redeem`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ code: house.code, name: 'lin.hai', password }),
  });
}

/** The people of the files in the directory, and a workflow made of a template that carries them to WeCom. */
async function furnish(house, template) {
  const { cli } = house;
  await cli('workflow', 'create', '--template', 'csv_to_directory', '--id', 'hr_import');
  await cli('workflow', 'activate', 'hr_import', '--yes');
  await cli('run', 'hr_import', '--wait', '--input', 'folder=hr');
  await cli(
    'connection',
    'add',
    'wecom',
    '--name',
    'main',
    '--set',
    'corp_id=wwsim0000000000001',
    '--set',
    'agent_id=1000002',
    '--set',
    `base_url=${house.simUrl}`,
    '--secret',
    'contacts_secret=env:CONTACTS',
    '--secret',
    'app_secret=env:APP',
  );
  await cli('workflow', 'create', '--template', template, '--id', 'downstream', '--connection', 'wecom=main');
  await cli('workflow', 'activate', 'downstream', '--yes');
}

/** A house of its own for one story: its owner, 64 people with nothing wrong about them, nothing carried to WeCom yet. */
export async function openOwn(template) {
  const house = await openHouse();
  try {
    await settle(house);
    writeFileSync(join(house.hr, 'users.csv'), users(undefined, true));
    await furnish(house, template);
  } catch (error) {
    house.close();
    throw error;
  }
  return house;
}

/** Seeds a house: an owner, an approver and a viewer; a finished, a partial and a held run. */
export async function seed(house) {
  const { cli } = house;
  await settle(house);
  for (const [name, display, role] of [
    ['wang.min', '王敏', 'approver'],
    ['zhou.kai', '周凯', 'viewer'],
  ]) {
    await cli('account', 'create', name, '--display', display, '--role', role);
    await cli('account', 'password', name, '--password', 'file:password');
  }
  await furnish(house, 'wecom_downstream_full');
  await house.faults([{ path: '/cgi-bin/user/create', match: '15400000004', effect: { errcode: 60104 } }]);
  await cli('run', 'downstream', '--wait');
  // It has findings: the house has no public address.
  await cli('connection', 'doctor', 'main').catch(() => undefined);
  await cli('message', 'send', '今晚系统维护', '--to', 'p0006');
  writeFileSync(
    join(house.hr, 'users.csv'),
    users((n) => n > 50),
  );
  await cli('run', 'hr_import', '--wait', '--input', 'folder=hr');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const house = await openHouse();
  await seed(house);
  console.log(
    JSON.stringify({ url: house.url, origin: house.origin, folder: house.folder, admin: house.admin, password }),
  );
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.on(signal, () => {
      house.close();
      process.exit(0);
    });
  }
}

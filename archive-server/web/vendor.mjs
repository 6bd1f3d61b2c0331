// Puts the files vendor.json names below <target>/classes/static/vendor (or "folder"; those for tests below <target>/test-classes/vendor),
// with a manifest of version, SHA-256 and licence. Usage: node vendor.mjs <target>
//
// npm fetches the packages of package-lock.json, which checks the integrity of each, into <target>/npm; when they are there
// already, nothing is fetched and this works without a network. Not into this folder: a build must not change its sources.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const target = process.argv[2];
if (!target) throw new Error('usage: node vendor.mjs <target folder>');
const npm = join(target, 'npm');
const inputs = ['package.json', 'package-lock.json', '.npmrc'];

const same = (name) => existsSync(join(npm, name)) && readFileSync(join(npm, name)).equals(readFileSync(join(here, name)));
// Written last, so a fetch that was interrupted is done again.
const done = join(npm, 'done');
if (!existsSync(done) || !inputs.every(same)) {
  mkdirSync(npm, { recursive: true });
  for (const name of inputs) copyFileSync(join(here, name), join(npm, name));
  execFileSync('npm', ['ci', '--no-progress', '--prefer-offline', '--loglevel=error'], { cwd: npm, stdio: 'inherit', timeout: 240_000 });
  writeFileSync(done, '');
}

// "alone": a package whose files are whole in themselves; fetched without the hundreds of packages it was made from.
function fetchAlone({ package: name, alone: { version, integrity } }) {
  const folder = join(npm, 'alone', `${name}-${version}`);
  const ready = join(folder, 'done');
  if (existsSync(ready) && readFileSync(ready, 'utf8') === integrity) return join(folder, 'package');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const options = ['--ignore-scripts', '--no-progress', '--prefer-offline', '--loglevel=error', '--pack-destination', folder];
  execFileSync('npm', ['pack', `${name}@${version}`, ...options], { cwd: npm, stdio: ['ignore', 'ignore', 'inherit'], timeout: 900_000 });
  const archive = join(folder, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`);
  const found = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
  if (found !== integrity) throw new Error(`${name}: ${found} instead of ${integrity}`);
  execFileSync('tar', ['-xzf', archive, '-C', folder], { stdio: 'inherit', timeout: 60_000 });
  writeFileSync(ready, integrity);
  return join(folder, 'package');
}

const lock = JSON.parse(readFileSync(join(here, 'package-lock.json'), 'utf8')).packages;
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const manifest = { served: [], elsewhere: [], test: [] };
for (const entry of JSON.parse(readFileSync(join(here, 'vendor.json'), 'utf8'))) {
  const from = entry.alone ? fetchAlone(entry) : join(npm, 'node_modules', entry.package);
  const installed = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8'));
  const locked = entry.alone?.version ?? lock[`node_modules/${entry.package}`].version;
  if (installed.version !== locked) throw new Error(`${entry.package}: ${installed.version} is installed, ${locked} is locked`);
  // "folder" is for what must not be served by the screens' origin.
  const folder = entry.test ? join(target, 'test-classes', 'vendor') : join(target, 'classes', entry.folder ?? join('static', 'vendor'));
  for (const [file, to] of Object.entries(entry.files)) {
    const bytes = readFileSync(join(from, file));
    const out = join(folder, to);
    // An unchanged file keeps its time: nothing behind it is built again.
    if (!existsSync(out) || !readFileSync(out).equals(bytes)) {
      mkdirSync(dirname(out), { recursive: true });
      writeFileSync(out, bytes);
    }
    const { package: name, licence, source } = entry;
    manifest[entry.test ? 'test' : entry.folder ? 'elsewhere' : 'served'].push({ file: to, package: name, version: locked, licence, source, sha256: sha256(bytes) });
  }
}
writeFileSync(join(target, 'classes', 'static', 'vendor', 'manifest.json'), JSON.stringify([...manifest.served, ...manifest.elsewhere], null, 2) + '\n');

// Puts the files vendor.json names below <target>/classes/static/vendor (those for tests below <target>/test-classes/vendor),
// with a manifest of version, SHA-256 and licence. Usage: node vendor.mjs <target>
//
// npm fetches the packages of package-lock.json, which checks the integrity of each, into <target>/npm; when they are there
// already, nothing is fetched and this works without a network. Not into this folder: a build must not change its sources.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
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

const lock = JSON.parse(readFileSync(join(here, 'package-lock.json'), 'utf8')).packages;
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const manifest = { served: [], test: [] };
for (const entry of JSON.parse(readFileSync(join(here, 'vendor.json'), 'utf8'))) {
  const installed = JSON.parse(readFileSync(join(npm, 'node_modules', entry.package, 'package.json'), 'utf8'));
  const locked = lock[`node_modules/${entry.package}`].version;
  if (installed.version !== locked) throw new Error(`${entry.package}: ${installed.version} is installed, ${locked} is locked`);
  const folder = entry.test ? join(target, 'test-classes', 'vendor') : join(target, 'classes', 'static', 'vendor');
  for (const [from, to] of Object.entries(entry.files)) {
    const bytes = readFileSync(join(npm, 'node_modules', entry.package, from));
    const out = join(folder, to);
    // An unchanged file keeps its time: nothing behind it is built again.
    if (!existsSync(out) || !readFileSync(out).equals(bytes)) {
      mkdirSync(dirname(out), { recursive: true });
      writeFileSync(out, bytes);
    }
    const { package: name, licence, source } = entry;
    manifest[entry.test ? 'test' : 'served'].push({ file: to, package: name, version: locked, licence, source, sha256: sha256(bytes) });
  }
}
writeFileSync(join(target, 'classes', 'static', 'vendor', 'manifest.json'), JSON.stringify(manifest.served, null, 2) + '\n');

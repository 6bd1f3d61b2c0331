// Checks a checkpoint's signatures from the C2SP specifications alone: cosignature.mjs CHECKPOINT VKEY…
// Prints a line for each key: name, type, seconds since 1970 (0 for a log's own signature), or fails.
import { createHash, createPublicKey, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { ml_dsa44 } from "@noble/post-quantum/ml-dsa.js";

const [, , file, ...vkeys] = process.argv;
const note = readFileSync(file, "utf8");
const end = note.indexOf("\n\n") + 1;
const body = note.slice(0, end);
const [origin, size, root] = body.split("\n");
const lines = note.slice(end + 1).split("\n").filter(Boolean);

function u64(value) {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

function opaque(text) {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from([bytes.length]), bytes]);
}

function ed25519(key, message, signature) {
  const spki = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), key]);
  return verify(null, message, createPublicKey({ key: spki, format: "der", type: "spki" }), signature);
}

for (const vkey of vkeys) {
  const [name, id, ...rest] = vkey.split("+");
  const typed = Buffer.from(rest.join("+"), "base64");
  const type = typed[0];
  const key = typed.subarray(1);
  const keyId = createHash("sha256").update(name + "\n").update(typed).digest().subarray(0, 4);
  if (keyId.toString("hex") !== id) throw new Error("key id of " + name);
  const line = lines
    .map((l) => l.split(" "))
    .find(([, n, v]) => n === name && Buffer.from(v, "base64").subarray(0, 4).equals(keyId));
  if (!line) throw new Error("no signature of " + name);
  const value = Buffer.from(line[2], "base64").subarray(4);
  const time = type === 1 ? 0n : value.readBigUInt64BE();
  let right;
  if (type === 1) {
    right = ed25519(key, Buffer.from(body), value);
  } else if (type === 4) {
    right = ed25519(key, Buffer.from(`cosignature/v1\ntime ${time}\n${body}`), value.subarray(8));
  } else if (type === 6) {
    const message = Buffer.concat([
      Buffer.from("subtree/v1\n\0"),
      opaque(name),
      u64(time),
      opaque(origin),
      u64(0),
      u64(size),
      Buffer.from(root, "base64"),
    ]);
    right = ml_dsa44.verify(value.subarray(8), message, key);
  } else {
    throw new Error("type " + type);
  }
  if (!right) throw new Error("wrong signature of " + name);
  console.log(name, type, time.toString());
}

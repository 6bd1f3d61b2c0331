// Checks, in the folder given, the anonymous WACZ-auth signature with WebCrypto and datapackage.json with the Frictionless validator.
import { readFileSync } from "node:fs";
import { webcrypto } from "node:crypto";
import datapackage from "datapackage";

const folder = process.argv[2];
const descriptor = JSON.parse(readFileSync(`${folder}/datapackage.json`, "utf8"));
const { signedData } = JSON.parse(readFileSync(`${folder}/datapackage-digest.json`, "utf8"));
const bytes = (base64) => Uint8Array.from(Buffer.from(base64, "base64"));
const algorithm = { name: "ECDSA", namedCurve: "P-384" };
const key = await webcrypto.subtle.importKey("spki", bytes(signedData.publicKey), algorithm, true, ["verify"]);
const signature = await webcrypto.subtle.verify(
  { name: "ECDSA", hash: "SHA-256" },
  key,
  bytes(signedData.signature),
  new TextEncoder().encode(signedData.hash),
);
const { valid } = await datapackage.validate(descriptor);
console.log(`signature ${signature && signedData.created === descriptor.created}, datapackage ${valid}`);

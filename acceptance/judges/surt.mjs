// Reads URLs as a JSON array on standard input, writes the array of warcio.js' lookup keys.
import { getSurt } from "warcio/utils";

let text = "";
for await (const chunk of process.stdin) text += chunk;
console.log(JSON.stringify(JSON.parse(text).map((url) => getSurt(url))));

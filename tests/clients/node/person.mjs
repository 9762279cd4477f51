// The person's side: prints where the browser is to go, and reads where it ended.
import { createInterface } from "node:readline";

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

export const settings = JSON.parse(process.argv[2]);

export async function visit(url) {
  console.log(JSON.stringify({ open: String(url) }));
  const { value } = await lines.next();
  return new URL(value);
}

export function done(what) {
  console.log(JSON.stringify({ done: what }));
  process.exit(0);
}

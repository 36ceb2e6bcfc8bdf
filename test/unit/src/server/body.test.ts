// What is wrong with a JSON body, in the words of Go's decoder.
import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { readJson } from '#src/server/body.ts';

const CASES: [body: string, message: string][] = [
  ['{invalid', "invalid JSON: invalid character 'i' looking for beginning of object key string"],
  ['{"a":1,}', "invalid JSON: invalid character '}' looking for beginning of object key string"],
  ['{"a" 1}', "invalid JSON: invalid character '1' after object key"],
  ['{"a":1 "b"}', `invalid JSON: invalid character '"' after object key:value pair`],
  ['[1 2]', "invalid JSON: invalid character '2' after array element"],
  ['["a\nb"]', "invalid JSON: invalid character '\\n' in string literal"],
  ['["\\x"]', "invalid JSON: invalid character 'x' in string escape code"],
  ["{'a':1}", "invalid JSON: invalid character '\\'' looking for beginning of object key string"],
  ['abcd', "invalid JSON: invalid character 'a' looking for beginning of value"],
  ['{"a":', 'invalid JSON: unexpected EOF'],
  ['{} trailing', 'unexpected content after JSON'],
];

for (const [body, message] of CASES) {
  test(`the body ${JSON.stringify(body)}`, async () => {
    const headers = { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) };
    const req = Object.assign(Readable.from([Buffer.from(body)]), { headers });
    await assert.rejects(readJson(req as unknown as IncomingMessage), { clientMessage: message });
  });
}

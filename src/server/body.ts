// Reads a JSON request body with a size limit and dockerd's words for what can be wrong with it (httputils.ReadJSON).
import type { IncomingMessage } from 'node:http';
import { readWhole } from '#lib/wire/read-whole.ts';
import { invalid } from '#src/errors.ts';

/** Bytes. Create bodies of large compose projects stay far below; dockerd's own authorization cap is 4 MiB. */
export const MAX_JSON_BODY = 4 * 1024 * 1024;

/** The parsed body, undefined when there is none. Throws DockerError `invalid`. */
export async function readJson(req: IncomingMessage): Promise<unknown> {
  const { 'content-type': type, 'content-length': length, 'transfer-encoding': chunked } = req.headers;
  const empty = length === undefined ? chunked === undefined : Number(length) === 0;
  if (type !== undefined || !empty) checkType(type ?? '');
  if (empty) return undefined;
  const text = await readText(req, MAX_JSON_BODY);
  if (text.trim() === '') throw invalid('invalid JSON: got EOF while reading request body');
  return parse(text);
}

function checkType(type: string): void {
  const media = type.split(';')[0]!.trim().toLowerCase();
  if (media === '') throw invalid(`malformed Content-Type header (${type}): mime: no media type`);
  if (media !== 'application/json') {
    throw invalid(`unsupported Content-Type header (${type}): must be 'application/json'`);
  }
}

/** A body of at most `limit` bytes as text. Throws DockerError `invalid`. */
export async function readText(req: IncomingMessage, limit: number): Promise<string> {
  const body = await readWhole(req, limit);
  if (body === null) throw invalid('http: request body too large');
  return body.toString('utf8');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (err) {
    const { message } = err as Error;
    // dockerd says this one without the words before it.
    const words = / after JSON /.test(message)
      ? 'unexpected content after JSON'
      : `invalid JSON: ${goSyntaxError(text, message)}`;
    throw invalid(words, err as Error);
  }
}

/** V8's complaint → Go's, for a character in the wrong place. */
const PLACES: readonly [v8: RegExp, go: string][] = [
  [/^Expected (property name or|double-quoted property name)/, 'looking for beginning of object key string'],
  [/^Expected ':' after property name/, 'after object key'],
  [/^Expected ',' or '}' after property value/, 'after object key:value pair'],
  [/^Expected ',' or ']' after array element/, 'after array element'],
  [/^Bad control character in string literal/, 'in string literal'],
  [/^Bad escaped character/, 'in string escape code'],
];

/** V8's complaint in the words of Go's encoding/json, as far as they can be told apart. */
function goSyntaxError(text: string, v8: string): string {
  if (/Unexpected end|Unterminated/.test(v8)) return 'unexpected EOF';
  const at = /position (\d+)/.exec(v8);
  const char = at ? text[Number(at[1])] : /^Unexpected token '(.)'/u.exec(v8)?.[1];
  if (char === undefined) return 'unexpected EOF';
  const place = PLACES.find(([words]) => words.test(v8))?.[1] ?? 'looking for beginning of value';
  return `invalid character ${quoteRune(char)} ${place}`;
}

/** As Go quotes a character. */
function quoteRune(char: string): string {
  return char === "'" ? "'\\''" : `'${JSON.stringify(char).slice(1, -1).replace('\\"', '"')}'`;
}

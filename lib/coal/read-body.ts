// Reads a request's JSON body, with a cap on its size.
import type { IncomingMessage } from 'node:http';
import { TritonError } from '#lib/wire/errors.ts';
import { readWhole } from '#lib/wire/read-whole.ts';

/** A VM's metadata holds a whole container config, environment included; Docker's own clients stay far below this. Bytes. */
const MAX_BODY = 16 * 1024 * 1024;

/** The body as an object, {} when there is none. Throws TritonError InvalidContent 400, RequestEntityTooLarge 413. */
export async function readJsonBody(req: IncomingMessage): Promise<Record<string, unknown>> {
  if (req.method === 'GET' || req.method === 'HEAD') return {};
  const body = await readWhole(req, MAX_BODY);
  if (body === null)
    throw new TritonError('RequestEntityTooLarge', 413, `the body is larger than ${MAX_BODY} bytes`);
  if (body.length === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(body.toString());
  } catch {
    throw new TritonError('InvalidContent', 400, 'Invalid JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TritonError('InvalidContent', 400, 'the body must be a JSON object');
  }
  return value as Record<string, unknown>;
}

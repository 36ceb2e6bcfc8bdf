// POST /images?action=import-docker-image as an async iterable of its JSON lines, as they come.
import http from 'node:http';
import { TritonError } from '#lib/wire/errors.ts';
import type { ImportLine } from '#lib/wire/types.ts';
import { aborted, type Endpoint, type RestifyError, toTritonError } from './call.ts';
import { linesOf } from './lines.ts';
import { connectionBroke, whenReachable } from './patience.ts';
import type { CallContext, ImgapiClient } from './types.ts';

/** Characters: a line holds an image's whole manifest and configuration, of 4 and 8 MiB at most, escaped. */
const MAX_LINE = 64 * 1024 * 1024;

type ImportOptions = Parameters<ImgapiClient['importDockerImage']>[0];

/**
 * Lines of triton-wire §4.2. A plain request, not sdc-clients: that one has no abort, and leaving the loop (or aborting the
 * signal) must close the connection, which is what cancels the pull. Throws TritonError: IMGAPI's own for a refusal, 503
 * ServiceUnavailable when it cannot be reached or breaks off. One that breaks off before its first line is asked for again.
 */
export async function* importDockerImage(
  at: Endpoint,
  opts: ImportOptions,
  ctx: CallContext,
): AsyncIterable<ImportLine> {
  let req: http.ClientRequest | undefined;
  try {
    const res = await whenReachable(
      () => {
        req = open(at, opts, ctx);
        return response(req);
      },
      { signal: ctx.signal, repeatable: true },
    );
    if (res.statusCode !== 200) throw await refusal(at.service, res);
    // An empty line is no error: IMGAPI ends lines with CRLF and may keep the stream alive with bare ones.
    for await (const lines of linesOf(res, MAX_LINE)) {
      for (const line of lines) if (line.trim() !== '') yield JSON.parse(line) as ImportLine;
    }
    if (!res.complete) throw new TritonError('ServiceUnavailable', 503, `${at.service} broke off the pull`);
  } catch (err) {
    if (ctx.signal?.aborted === true) throw aborted(at.service);
    if (connectionBroke(err))
      throw new TritonError('ServiceUnavailable', 503, `${at.service} broke off the pull`, [], err as Error);
    throw err instanceof TritonError ? err : toTritonError(at.service, err as RestifyError);
  } finally {
    req?.destroy();
  }
}

function open(at: Endpoint, opts: ImportOptions, ctx: CallContext): http.ClientRequest {
  const query = new URLSearchParams({ action: 'import-docker-image', repo: opts.repo, public: 'false' });
  if (opts.tag !== undefined) query.set('tag', opts.tag);
  if (opts.digest !== undefined) query.set('digest', opts.digest);
  if (opts.platform !== undefined) query.set('platform', opts.platform);
  const url = new URL(`/images?${query}`, at.options.url);
  const headers: Record<string, string> = { 'x-request-id': ctx.reqId, 'content-length': '0' };
  if (opts.registryAuth !== undefined) headers['x-registry-auth'] = opts.registryAuth;
  if (opts.registryConfig !== undefined) headers['x-registry-config'] = opts.registryConfig;
  const { socketPath } = at.options;
  const where = socketPath === undefined ? {} : { socketPath };
  return http.request(url, { method: 'POST', agent: false, headers, signal: ctx.signal, ...where }).end();
}

function response(req: http.ClientRequest): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    req.once('response', resolve);
    // Stays for ever: a connection that breaks later also speaks through the response, and must not be unhandled here.
    req.on('error', reject);
  });
}

async function refusal(service: string, res: http.IncomingMessage): Promise<TritonError> {
  const chunks: Buffer[] = [];
  for await (const chunk of res) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  let body: RestifyError['body'] = { message: text.slice(0, 1000) };
  try {
    body = JSON.parse(text) as RestifyError['body'];
  } catch {
    // not JSON: the text itself is the message
  }
  return toTritonError(service, Object.assign(new Error(text), { statusCode: res.statusCode, body }));
}

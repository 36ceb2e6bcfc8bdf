// Answers a registry's WWW-Authenticate challenge: Basic, or a Bearer token from the server that the challenge names.
import type { Credentials } from './credentials.ts';
import { RegistryError, refusal } from './errors.ts';
import { bytesOf, type Http, textOf } from './http.ts';

export interface Challenge {
  /** lower-case: 'bearer', 'basic' */
  scheme: string;
  params: Record<string, string>;
}

const MAX_TOKEN_REPLY = 1024 * 1024;

/** Reads one or more challenges from a WWW-Authenticate header. Unreadable parts are left out. */
export function parseChallenges(header: string | undefined): Challenge[] {
  const found: Challenge[] = [];
  const item = /\s*,?\s*([A-Za-z0-9_-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+)))?/y;
  const text = (header ?? '').slice(0, 8192);
  for (let match = item.exec(text); match !== null; match = item.exec(text)) {
    const [, name = '', quoted, plain] = match;
    const value = quoted?.replace(/\\(.)/g, '$1') ?? plain;
    if (value === undefined) found.push({ scheme: name.toLowerCase(), params: {} });
    else {
      const last = found.at(-1);
      if (last) last.params[name.toLowerCase()] = value;
    }
  }
  return found;
}

export interface AuthRequest {
  http: Http;
  challenges: Challenge[];
  /** e.g. 'repository:library/busybox:pull' */
  scope: string;
  credentials: Credentials | null;
  /** The registry's own base, and whether the operator allows it plain http. */
  base: URL;
  insecure: boolean;
  signal?: AbortSignal | undefined;
}

/**
 * The Authorization header for a challenge, or null when there is none to answer. Throws RegistryError: unauthorized when the
 * token server refuses, or 'no basic auth credentials' as dockerd.
 */
export async function authorize(req: AuthRequest): Promise<string | null> {
  const { credentials } = req;
  const bearer = req.challenges.find((one) => one.scheme === 'bearer');
  if (bearer !== undefined) {
    if (credentials?.registryToken) return `Bearer ${credentials.registryToken}`;
    return `Bearer ${await fetchToken(req, bearer)}`;
  }
  if (!req.challenges.some((one) => one.scheme === 'basic')) return null;
  if (!credentials?.username) throw new RegistryError('unauthorized', 'no basic auth credentials');
  return basic(credentials);
}

function basic(credentials: Credentials): string {
  return `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`;
}

async function fetchToken(req: AuthRequest, challenge: Challenge): Promise<string> {
  const url = realmOf(req, challenge);
  const service = challenge.params.service ?? '';
  const { http, credentials, insecure, signal } = req;
  const useOauth = Boolean(credentials?.identityToken);
  const form = new URLSearchParams({ service, scope: req.scope });
  if (useOauth) {
    form.set('grant_type', 'refresh_token');
    form.set('refresh_token', credentials?.identityToken ?? '');
    form.set('client_id', 'sdc-docker');
  } else {
    if (credentials?.username) form.set('account', credentials.username);
    for (const [name, value] of form) url.searchParams.set(name, value);
  }
  const headers: Record<string, string> = {};
  if (useOauth) headers['content-type'] = 'application/x-www-form-urlencoded';
  else if (credentials?.username) headers.authorization = basic(credentials);
  // Only the registry's own host may have its certificate unchecked.
  const relaxed = insecure && url.hostname === req.base.hostname;
  const reply = await http.request(url, {
    method: useOauth ? 'POST' : 'GET',
    headers,
    insecure: relaxed,
    signal,
    ...(useOauth ? { body: form.toString() } : {}),
  });
  if (reply.status !== 200) {
    const err = refusal(reply.status, reply.statusText, await textOf(reply));
    throw reply.status === 401
      ? new RegistryError('unauthorized', err.message, { code: 'UNAUTHORIZED' })
      : err;
  }
  return tokenIn(await bytesOf(reply, MAX_TOKEN_REPLY));
}

function tokenIn(body: Buffer): string {
  try {
    const { token, access_token } = JSON.parse(body.toString('utf8')) as Record<string, unknown>;
    const found = token || access_token;
    if (typeof found === 'string' && /^[\x21-\x7e]+$/.test(found)) return found;
  } catch {
    // told below: the body may hold a token
  }
  throw new RegistryError('invalid', 'authorization server did not include a token in the response');
}

function realmOf(req: AuthRequest, challenge: Challenge): URL {
  const realm = challenge.params.realm ?? '';
  if (!URL.canParse(realm)) throw new RegistryError('invalid', 'the registry names no valid token server');
  const url = new URL(realm);
  const plainAllowed = req.insecure && url.hostname === req.base.hostname;
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && plainAllowed)) {
    throw new RegistryError('invalid', `the registry's token server ${url.origin} is not https`);
  }
  return url;
}

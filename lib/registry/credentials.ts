// Credentials as Docker clients send them, in X-Registry-Auth and X-Registry-Config: base64 of JSON.
import type { Reference } from './reference.ts';

/** What a client may know of one registry; all parts optional. */
export interface Credentials {
  username: string;
  password: string;
  /** An OAuth2 refresh token, in place of the password. */
  identityToken: string;
  /** A bearer token to send as it is. */
  registryToken: string;
}

/**
 * Decodes X-Registry-Auth. null for nothing useful. Throws Error without any part of the value for what cannot be read.
 */
export function decodeRegistryAuth(header: string | undefined): Credentials | null {
  if (header === undefined || header === '') return null;
  return credentialsOf(decode(header));
}

/** Decodes X-Registry-Config (host → auth) and picks the one for the image's domain. */
export function decodeRegistryConfig(header: string | undefined, ref: Reference): Credentials | null {
  if (header === undefined || header === '') return null;
  const all = decode(header);
  const names = ref.domain === 'docker.io' ? ['https://index.docker.io/v1/', 'docker.io'] : [ref.domain];
  for (const name of names) {
    const found = all[name];
    if (typeof found === 'object' && found !== null) return credentialsOf(found as Record<string, unknown>);
  }
  return null;
}

function decode(header: string): Record<string, unknown> {
  try {
    // Node's decoder takes both alphabets, which clients mix.
    const value: unknown = JSON.parse(Buffer.from(header, 'base64').toString('utf8'));
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // told below, without the parser's message: that one quotes the text
  }
  throw new Error('invalid X-Registry-Auth header');
}

function credentialsOf(value: Record<string, unknown>): Credentials | null {
  const text = (name: string): string => (typeof value[name] === 'string' ? (value[name] as string) : '');
  const credentials = {
    username: text('username'),
    password: text('password'),
    identityToken: text('identitytoken'),
    registryToken: text('registrytoken'),
  };
  const joined = text('auth');
  if (credentials.username === '' && joined !== '') {
    const [username = '', ...rest] = Buffer.from(joined, 'base64').toString('utf8').split(':');
    Object.assign(credentials, { username, password: rest.join(':') });
  }
  return Object.values(credentials).some((part) => part !== '') ? credentials : null;
}

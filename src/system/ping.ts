// SystemPing and SystemPingHead: GET and HEAD /_ping.
import type { Reply } from '#src/context.ts';

/**
 * Builder-Version 1: BuildKit's endpoints are not served, and with 1 a client asks for the classic build, which is
 * there.
 */
const HEADERS = {
  'Builder-Version': '1',
  'Cache-Control': 'no-cache, no-store, must-revalidate',
  Pragma: 'no-cache',
  Swarm: 'inactive',
};

/** Asks no other service: clients give it two seconds. */
export async function systemPing(): Promise<Reply> {
  return { status: 200, body: 'OK', headers: HEADERS };
}

export async function systemPingHead(): Promise<Reply> {
  const headers = { ...HEADERS, 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': '0' };
  return { status: 200, headers };
}

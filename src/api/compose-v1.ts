// docker-compose 1.x (Debian's) asks in the newest version, whatever that is, and falls over where fields of its own days are missing.
import type { Req } from '#src/context.ts';

export function isComposeV1({ headers }: Pick<Req, 'headers'>): boolean {
  return /^docker-compose\/1\./.test(headers['user-agent'] ?? '');
}

// The response side of one request: a real ServerResponse also when Node already took the request for an upgrade.

import type { IncomingMessage } from 'node:http';
import { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** What an upgrade request came with: the connection behind the request body and any bytes that came early. */
export interface Upgrade {
  socket: Duplex;
  head: Buffer;
}

/** restify's stand-in response for upgrade requests. */
interface Claimable {
  claimUpgrade(): Upgrade;
}

/** Takes the upgrade out of restify's response; null for a plain request. */
export function claimUpgrade(res: object): Upgrade | null {
  return 'claimUpgrade' in res ? (res as Claimable).claimUpgrade() : null;
}

/**
 * A ServerResponse on an upgrade's connection, for the replies that are no upgrade after all (an error, a detached exec).
 * The connection ends after it: what follows on it can no longer be parsed as HTTP.
 */
export function responseOn(req: IncomingMessage, upgrade: Upgrade): ServerResponse {
  const res = new ServerResponse(req);
  res.shouldKeepAlive = false;
  // A Duplex is enough of a socket for OutgoingMessage: it writes, ends and listens to 'drain' and 'close'.
  res.assignSocket(upgrade.socket as never);
  res.once('finish', () => {
    res.detachSocket(upgrade.socket as never);
    upgrade.socket.end();
    // Nobody reads what the client may still send; without this the FIN of a half-open socket is never seen.
    upgrade.socket.resume();
  });
  return res;
}

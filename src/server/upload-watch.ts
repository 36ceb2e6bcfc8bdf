// Follows uploads on their connections beside Node's parser, so that the rest of a large one can be handed to another program.
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { BodyCursor } from '#src/api/body-cursor.ts';

/** A request whose body is followed. */
export interface FollowedMessage extends IncomingMessage {
  bodyCursor?: BodyCursor;
}

interface Connection {
  /** What came last, for as long as the parser looks at it. */
  last: Buffer;
  cursor: BodyCursor | null;
}

const ARCHIVE = /^(?:\/v[0-9.]+)?\/+containers\/+[^/]+\/archive(?:\?|$)/;
const END_OF_HEADERS = '\r\n\r\n';

/**
 * The docker CLI asks for the path (HEAD) before it sends the archive (PUT) on the same connection: from there on its bytes are looked
 * at. An upload that comes otherwise is not followed, which costs it nothing but time.
 */
export function watchUploads(server: Server): void {
  const connections = new WeakMap<Socket, Connection>();
  server.prependListener('request', (req: FollowedMessage) => {
    if (!ARCHIVE.test(req.url ?? '')) return;
    const connection = connections.get(req.socket);
    if (connection) connection.cursor = req.method === 'PUT' ? cursorOf(req, connection.last) : null;
    if (connection?.cursor) req.bodyCursor = connection.cursor;
    else if (req.method === 'HEAD' && !connection && !(req.socket instanceof TLSSocket))
      connections.set(req.socket, follow(req.socket));
  });
}

function follow(socket: Socket): Connection {
  const connection: Connection = { last: Buffer.alloc(0), cursor: null };
  // Before the parser: a request that begins in these bytes is told of while it reads them.
  socket.prependListener('data', (raw: Buffer) => {
    connection.last = raw;
    connection.cursor?.push(raw);
  });
  return connection;
}

/** null when the body is not where it is expected: the request must begin where these bytes do, with all its headers in them. */
function cursorOf(req: IncomingMessage, raw: Buffer): BodyCursor | null {
  const { 'transfer-encoding': coding, 'content-length': length } = req.headers;
  const line = `${req.method} ${req.url} HTTP/1.1\r\n`;
  const end = raw.indexOf(END_OF_HEADERS);
  if (end === -1 || !raw.toString('latin1', 0, end).startsWith(line)) return null;
  if (coding !== undefined ? coding.toLowerCase() !== 'chunked' : !/^[0-9]{1,15}$/.test(length ?? ''))
    return null;
  const cursor = new BodyCursor(coding === undefined ? Number(length) : null);
  cursor.push(raw.subarray(end + END_OF_HEADERS.length));
  return cursor;
}

// ContainerAttachWebsocket: GET /containers/:id/attach/ws.
import { queryBool } from '#src/api/query.ts';
import type { Reply, Req } from '#src/context.ts';
import { beginAttach, serveAttach } from './attach-plan.ts';

/** Both outputs come unframed, since messages keep no streams apart. Before 1.42 no stream could be left out, before 1.28 messages were text. */
export async function containerAttachWebsocket(req: Req): Promise<Reply> {
  const { query, version } = req;
  const wants = (stream: string): boolean => version < 42 || queryBool(query[stream]);
  const attachment = await beginAttach(req, {
    stdin: wants('stdin'),
    stdout: wants('stdout'),
    stderr: wants('stderr'),
  });
  try {
    const client = await req.acceptWebSocket({ binary: version >= 28 });
    await serveAttach(req, client, attachment, { raw: true });
  } finally {
    attachment.stream.destroy();
  }
  return 'handled';
}

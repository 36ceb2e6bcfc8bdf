// ContainerAttach: POST /containers/:id/attach.
import { queryBool } from '#src/api/query.ts';
import type { Reply, Req } from '#src/context.ts';
import { beginAttach, serveAttach } from './attach-plan.ts';

/** The agent is attached before the client gets its 101. */
export async function containerAttach(req: Req): Promise<Reply> {
  const attachment = await beginAttach(req, {
    stdin: queryBool(req.query.stdin),
    stdout: queryBool(req.query.stdout),
    stderr: queryBool(req.query.stderr),
  });
  const client = req.hijack({ tty: attachment.tty });
  await serveAttach(req, client, attachment, { raw: attachment.tty });
  return 'handled';
}

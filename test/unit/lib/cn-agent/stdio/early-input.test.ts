// Back-pressure from the very first byte: input that comes right behind the token must not open the gate for all that follows.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { InputQueue } from '#lib/cn-agent/stdio/input-queue.ts';
import { MuxWire } from '#lib/cn-agent/stdio/wire.ts';
import { encodeFrame, FRAME } from '#lib/docker-vm/stdio.ts';

/** Both ends of a connection through a unix socket. */
async function connection(dir: string): Promise<{ near: Socket; far: Socket; close(): void }> {
  const server = createServer();
  const path = join(dir, 's');
  server.listen(path);
  const [near, far] = await Promise.all([
    new Promise<Socket>((resolve) => server.once('connection', (socket) => resolve(socket.pause()))),
    new Promise<Socket>((resolve) => {
      const socket = connect(path, () => resolve(socket));
    }),
  ]);
  const close = (): void => {
    for (const end of [near, far]) end.on('error', () => {}).destroy();
    server.close();
  };
  return { near, far, close };
}

it('stops reading the client while its first bytes, that came behind the token, wait for the process', async () => {
  const dir = mkdtempSync('/tmp/sdct-early-');
  const { near, far, close } = await connection(dir);
  try {
    const piece = Buffer.alloc(64 * 1024);
    const wire = new MuxWire(near, encodeFrame(FRAME.stdin, Buffer.from('early')));
    const queue = new InputQueue(wire);
    const slow = Promise.withResolvers<void>();
    let held = 0;
    wire.listen({
      stdin(bytes) {
        held += bytes.length;
        queue.push(() => slow.promise);
      },
      stdinEnd() {},
      resize() {},
      gone() {},
    });
    // Writes until the kernel takes no more, which it does only when nobody reads.
    let stuck = false;
    for (let sent = 0; sent < 1024 && !stuck; sent++) {
      const took = new Promise<boolean>((resolve) =>
        far.write(encodeFrame(FRAME.stdin, piece), () => resolve(true)),
      );
      stuck = !(await Promise.race([took, delay(1000).then(() => false)]));
    }
    assert.ok(stuck, `${held} bytes were taken in although none could be passed on`);
    assert.ok(held <= 2 * piece.length, `${held} bytes are held`);
    slow.resolve();
  } finally {
    close();
    rmSync(dir, { recursive: true, force: true });
  }
});

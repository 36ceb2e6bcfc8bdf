// Hands the socket of a copy's client to the program in the cage: its bytes never pass through the agent.
import type { Socket } from 'node:net';
import type Logger from 'bunyan';
import type { Machine } from '../machine.ts';
import type { AgentNode } from '../node.ts';
import type { RawSession } from '../stdio/session.ts';
import { startCage } from './cage.ts';
import type { Copy } from './copies.ts';
import { openNamespace } from './namespace-of.ts';

export interface StreamWork {
  words: string[];
  /** Into the VM's mount namespace; else the work makes its own. */
  inside: boolean;
}

export class StreamSession implements RawSession {
  readonly #node: AgentNode;
  readonly #machine: Machine;
  readonly #work: StreamWork;
  readonly #log: Logger;

  constructor(node: AgentNode, machine: Machine, work: StreamWork) {
    this.#node = node;
    this.#machine = machine;
    this.#work = work;
    this.#log = node.log.child({ vm: machine.uuid, work: work.words[0] });
  }

  connect(socket: Socket, early: Buffer): void {
    socket.on('error', () => undefined);
    // The program reads for itself: what the agent has read already would be lost to it.
    if (early.length > 0) {
      this.#log.warn('a client of a copy sent data before it was asked to');
      socket.destroy();
      return;
    }
    void this.#run(socket)
      .catch((err: unknown) => this.#log.error({ err }, 'a copy failed'))
      .finally(() => socket.destroy());
  }

  expire(): void {}

  async #run(socket: Socket): Promise<void> {
    let gone = false;
    const copy: Copy = { pid: null, kill: () => socket.destroy() };
    socket.once('close', () => {
      gone = true;
    });
    const { inside, words } = this.#work;
    const namespace = inside ? await openNamespace(this.#node, this.#machine, copy) : null;
    try {
      if (gone) return;
      const { child, ended } = startCage({ words, namespace: namespace?.fd ?? null, socket });
      copy.pid = child.pid ?? null;
      copy.kill = () => void child.kill('SIGKILL');
      // The program has its own copy of it; this one would keep the connection open.
      socket.destroy();
      const { code, complaint } = await ended;
      if (complaint !== '') this.#log.error({ code, complaint }, 'the copy program complained');
      else this.#log.debug({ code }, 'copy ended');
    } finally {
      namespace?.close();
    }
  }
}

// One client of the statistics of one run: lines until the run is over or the client is gone.
import type { Socket } from 'node:net';
import type { RawSession } from '../stdio/session.ts';
import type { StatRun, StatsSampler } from './sampler.ts';

export class StatsSession implements RawSession {
  readonly #opts: { sampler: StatsSampler; run: StatRun; ended: Promise<void>; stream: boolean };

  constructor(opts: { sampler: StatsSampler; run: StatRun; ended: Promise<void>; stream: boolean }) {
    this.#opts = opts;
  }

  connect(socket: Socket): void {
    const { sampler, run, ended, stream } = this.#opts;
    socket.on('error', () => undefined);
    // A client has nothing to say: its end is its leave.
    socket.on('end', () => socket.destroy());
    socket.resume();
    if (!stream) {
      socket.end(sampler.once(run) ?? '');
      return;
    }
    // A client that does not read misses samples; nothing queues up for it.
    const stop = sampler.watch(run, (line) => {
      if (socket.writableNeedDrain) return false;
      socket.write(line);
      return true;
    });
    if (stop === null) {
      socket.end();
      return;
    }
    socket.once('close', stop);
    void ended.then(() => {
      stop();
      socket.end();
    });
  }

  expire(): void {}
}

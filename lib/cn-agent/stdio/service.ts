// All stdio of the node: containers by uuid, and the three kinds of stream that docker-exec asks for.
import { join } from 'node:path';
import type Logger from 'bunyan';
import type { LogPlan } from '#lib/cn-agent/log-drivers/log-plan.ts';
import type { Containerd } from '#lib/containerd/types.ts';
import { RAW_FRAMING, STDIO_FRAMING, type StdioCommand, type StdioEndpoint } from '#lib/docker-vm/stdio.ts';
import { TritonError } from '#lib/wire/errors.ts';
import { AttachSession } from './attach.ts';
import { BufferPool } from './buffer-pool.ts';
import { FifoPool } from './fifo-pool.ts';
import { GiveBack } from './give-back.ts';
import { serveJsonLines } from './json-lines.ts';
import { LogsSession, parseLogQuery } from './logs.ts';
import { serveOnce } from './serve-once.ts';
import type { Session } from './session.ts';
import { TokenSocket } from './socket.ts';
import type { StdioService } from './types.ts';
import { WallClock } from './wall-clock.ts';
import { Zone } from './zone.ts';
import { ZoneExecs } from './zone-execs.ts';

export interface StdioServiceOptions {
  /** The directory of zones/<uuid>; output goes to zones/<uuid>/logs, execs to zones/<uuid>/exec. */
  zonesDir: string;
  /** Where stdio.sock and the FIFOs live; exists already. */
  socketDir: string;
  socketGroupGid: number | null;
  containerd: Containerd;
  /** OCI process of an exec; throws TritonError, e.g. for an unknown user. */
  processSpec: (vmUuid: string, command: StdioCommand) => Promise<object>;
  /** What a container's log options mean. Throws Error in dockerd's words. */
  logPlan: (vmUuid: string) => LogPlan;
  /** What `docker logs --details` puts in front of each line. */
  logDetails: (vmUuid: string) => string;
  isRunning: (vmUuid: string) => boolean;
  isPaused: (vmUuid: string) => boolean;
  log: Logger;
}

/** Starts the service: makes FIFOs and listens on <socketDir>/stdio.sock. Containers are taken up by zone(uuid).recover(). */
export async function createStdioService(opts: StdioServiceOptions): Promise<StdioService> {
  const log = opts.log.child({ component: 'stdio' });
  const fifos = await FifoPool.open(join(opts.socketDir, 'fifos'));
  const socket = await TokenSocket.listen(join(opts.socketDir, 'stdio.sock'), opts.socketGroupGid, log);
  const zones = new Map<string, { zone: Zone; execs: ZoneExecs }>();
  const clock = new WallClock();
  const buffers = new BufferPool();
  const giveBack = new GiveBack(log);
  const { tasks } = opts.containerd;

  const entry = (vmUuid: string) => {
    const present = zones.get(vmUuid);
    if (present) return present;
    const dir = join(opts.zonesDir, vmUuid);
    const zoneLog = log.child({ vm_uuid: vmUuid });
    const common = { vmUuid, tasks, fifos, log: zoneLog };
    const execs = new ZoneExecs({ ...common, dir: join(dir, 'exec'), processSpec: opts.processSpec });
    const logPlan = () => opts.logPlan(vmUuid);
    const forget = () => zones.delete(vmUuid);
    const zone = new Zone({ ...common, dir, clock, execs, giveBack, logPlan, forget });
    zones.set(vmUuid, { zone, execs });
    return { zone, execs };
  };

  const here = { host: '', port: 0, path: socket.path };

  const endpoint = async (command: StdioCommand, session: Session): Promise<StdioEndpoint> => {
    if (command.StdioFraming === STDIO_FRAMING)
      return { ...here, framing: STDIO_FRAMING, token: socket.register(session) };
    const mode = { tty: command.Tty === true, logs: command.Logs === true };
    return { host: '127.0.0.1', port: await serveJsonLines(session, mode) };
  };

  const dockerExec = async (vmUuid: string, command: StdioCommand) => {
    const { zone, execs } = entry(vmUuid);
    if (command.Logs) {
      const query = parseQuery(command, command.Details === true ? opts.logDetails(vmUuid) : '');
      return endpoint(command, new LogsSession({ zone, query, buffers, log }));
    }
    if (command.AttachConsole) return endpoint(command, new AttachSession({ zone, command, buffers, log }));
    if (!opts.isRunning(vmUuid)) throw new TritonError('VmNotRunning', 409, 'VM is not running, cannot exec');
    if (opts.isPaused(vmUuid)) throw new TritonError('VmPaused', 409, 'VM is paused, cannot exec');
    const exec = execs.begin(command);
    if (!command.Detach) {
      exec.started.catch(() => undefined);
      return endpoint(command, exec);
    }
    await exec.started;
    return {};
  };

  return {
    zone: (vmUuid) => entry(vmUuid).zone,
    dockerExec,
    async rawEndpoint(session, framing) {
      if (framing === RAW_FRAMING)
        return { ...here, framing: RAW_FRAMING, token: socket.registerRaw(session) };
      return { host: '127.0.0.1', port: await serveOnce(session) };
    },
    execsStarted: (vmUuid) => entry(vmUuid).execs.allStarted(),
    execState: (vmUuid, execId) => entry(vmUuid).execs.state(execId),
    async resize(vmUuid, execId, size) {
      const { zone, execs } = entry(vmUuid);
      await (execId === null ? zone.resize(size) : execs.resize(execId, size));
    },
    async close() {
      await socket.close();
      await Promise.all([...zones.values()].map(({ zone }) => zone.close()));
      await giveBack.close();
      await fifos.close();
    },
  };
}

function parseQuery(command: StdioCommand, details: string) {
  try {
    return parseLogQuery(command, details);
  } catch (err) {
    throw new TritonError('InvalidArgument', 409, err instanceof Error ? err.message : String(err));
  }
}

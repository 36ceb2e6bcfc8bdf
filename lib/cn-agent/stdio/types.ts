// The stdio side of the agent: container output on disk, attach, logs and exec streams. What lifecycle code calls of it.
import type { ExecState, StdioCommand, StdioEndpoint } from '#lib/docker-vm/stdio.ts';
import type { RawSession } from './session.ts';

/** Paths for containerd's Tasks.create; '' where a stream is not wanted. */
export interface RunStdio {
  stdin: string;
  stdout: string;
  stderr: string;
  terminal: boolean;
}

/** Stdio of one container, over all its runs. */
export interface ZoneStdio {
  /** Before Tasks.create: makes what the next run writes to. */
  beginRun(opts: { tty: boolean; openStdin: boolean; stdinOnce: boolean }): Promise<RunStdio>;
  /** After Tasks.start: stdin opens, streams attached earlier begin to flow. */
  running(): void;
  /** Files that the present run's output goes to; [] between runs. */
  outputs(): string[];
  /** After Tasks.delete (all output is on disk), or when the start failed: ends attach streams and follow-logs of this run. */
  endRun(): Promise<void>;
  /** After a restart of the agent: takes up a run that goes on, or closes one that ended meanwhile. */
  recover(opts: { running: boolean; tty: boolean; openStdin: boolean; stdinOnce: boolean }): Promise<void>;
  /** Ends every stream and removes the files. */
  remove(): Promise<void>;
}

/** All stdio of the node, with the one unix socket on which streams are fetched by token. */
export interface StdioService {
  zone(vmUuid: string): ZoneStdio;
  /** docker_exec task: exec, AttachConsole or Logs by the command (triton-wire §3.2). Throws TritonError VmNotRunning. */
  dockerExec(vmUuid: string, command: StdioCommand): Promise<StdioEndpoint | Record<string, never>>;
  /** Where the client of an unframed stream (docker-stats, docker-copy) connects: socket and token with `raw1`, else a TCP port. */
  rawEndpoint(session: RawSession, framing: string | undefined): Promise<StdioEndpoint>;
  execState(vmUuid: string, execId: string): ExecState;
  /** Resolves when every exec that has begun in the container runs, or has failed to. Never rejects. */
  execsStarted(vmUuid: string): Promise<void>;
  /** execId null = the container's own tty. Remembered when the process does not run yet. */
  resize(vmUuid: string, execId: string | null, size: { w: number; h: number }): Promise<void>;
  close(): Promise<void>;
}

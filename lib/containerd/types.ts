// The part of containerd's API that this project uses, promise-shaped. lib/containerd is the only folder that knows containerd.
import type Logger from 'bunyan';

export interface Mount {
  type: string;
  source: string;
  target?: string;
  options: string[];
}

export interface ContentInfo {
  digest: string;
  size: number;
  labels: Record<string, string>;
}

export interface ContentStore {
  /** null when absent. */
  info(digest: string): Promise<ContentInfo | null>;
  list(): Promise<ContentInfo[]>;
  /**
   * Writes a blob and lets containerd verify the digest. Already there: returns at once and does not read the source.
   * `ref` names the ingest. onProgress gets the bytes so far.
   */
  write(opts: {
    ref: string;
    digest: string;
    size: number;
    labels?: Record<string, string>;
    source: () => Promise<AsyncIterable<Uint8Array>>;
    onProgress?: (bytes: number) => void;
    signal?: AbortSignal;
  }): Promise<void>;
  /** The same of something whose digest is only known at its end. A source that throws leaves nothing. */
  writeUnknown(opts: {
    ref: string;
    labels?: Record<string, string>;
    source: () => Promise<AsyncIterable<Uint8Array>>;
    signal?: AbortSignal;
  }): Promise<{ digest: string; size: number }>;
  read(digest: string): AsyncIterable<Buffer>;
  setLabels(digest: string, labels: Record<string, string>): Promise<void>;
  delete(digest: string): Promise<void>;
}

export interface SnapshotInfo {
  name: string;
  parent: string;
  kind: 'view' | 'active' | 'committed';
  labels: Record<string, string>;
  createdAt: Date;
}

/** Snapshots (overlayfs). Every one we make carries containerd.io/gc.root so that it is never collected behind us. */
export interface Snapshots {
  prepare(key: string, parent: string | null, labels?: Record<string, string>): Promise<Mount[]>;
  view(key: string, parent: string, labels?: Record<string, string>): Promise<Mount[]>;
  mounts(key: string): Promise<Mount[]>;
  commit(name: string, key: string, labels?: Record<string, string>): Promise<void>;
  stat(key: string): Promise<SnapshotInfo | null>;
  usage(key: string): Promise<{ size: number; inodes: number }>;
  list(): Promise<SnapshotInfo[]>;
  /** Missing ones are fine. */
  remove(key: string): Promise<void>;
}

export interface TaskState {
  status: 'created' | 'running' | 'stopped' | 'paused' | 'pausing' | 'unknown';
  pid: number;
  exitStatus: number;
  exitedAt: Date | null;
}

/** Throws ContainerdError (code = gRPC status name: 'NOT_FOUND', 'ALREADY_EXISTS', 'FAILED_PRECONDITION', 'UNAVAILABLE', ...). */
export interface Tasks {
  create(opts: {
    id: string;
    rootfs: Mount[];
    stdin: string;
    stdout: string;
    stderr: string;
    terminal: boolean;
    signal?: AbortSignal;
  }): Promise<{ pid: number }>;
  /** execId '' = the init process, here and below. */
  start(id: string, execId: string): Promise<{ pid: number }>;
  /** The start of an init process (its pid) whose first start was cut off by containerd's death, wherever that was. */
  startAgain(id: string, pid: number): Promise<{ pid: number }>;
  /** Waits until the process's output is drained by the shim (≤ 2 s), then forgets the process. null when not found. */
  delete(id: string, execId: string): Promise<{ exitStatus: number; exitedAt: Date } | null>;
  /** Takes away what a creation left that containerd died under: then there is no task, but its folder is in the way. Nothing there is fine. */
  clearRemains(id: string): Promise<void>;
  get(id: string, execId: string): Promise<TaskState | null>;
  list(): Promise<{ id: string; state: TaskState }[]>;
  kill(opts: { id: string; execId: string; signal: number; all?: boolean }): Promise<void>;
  exec(opts: {
    id: string;
    execId: string;
    process: object;
    stdin: string;
    stdout: string;
    stderr: string;
    terminal: boolean;
  }): Promise<void>;
  resize(id: string, execId: string, w: number, h: number): Promise<void>;
  closeStdin(id: string, execId: string): Promise<void>;
  pause(id: string): Promise<void>;
  resume(id: string): Promise<void>;
  /** OCI LinuxResources */
  update(id: string, resources: object): Promise<void>;
  pids(id: string): Promise<number[]>;
  /** Resolves at the exit. Survives a restart of containerd: it asks again until it knows. null when the task does not exist. */
  wait(
    id: string,
    execId: string,
    signal?: AbortSignal,
  ): Promise<{ exitStatus: number; exitedAt: Date } | null>;
}

export interface ContainerdEvent {
  topic: string;
  /** decoded event body, e.g. {container_id} for /tasks/oom */
  event: Record<string, unknown>;
}

export interface Containerd {
  readonly content: ContentStore;
  readonly snapshots: Snapshots;
  readonly tasks: Tasks;
  readonly diff: {
    /** Unpacks a layer blob (gzip, zstd or plain tar by media type) onto mounts. Resolves with the digest of the plain tar. */
    apply(
      blob: { mediaType: string; digest: string; size: number },
      mounts: Mount[],
    ): Promise<{ digest: string; size: number }>;
  };
  readonly containers: {
    create(opts: {
      id: string;
      spec: object;
      /** '' = its root file system is none of containerd's. */
      snapshotKey: string;
      labels?: Record<string, string>;
    }): Promise<void>;
    /** Replaces spec and labels of an existing one. */
    updateSpec(id: string, spec: object): Promise<void>;
    list(): Promise<{ id: string; labels: Record<string, string> }[]>;
    /** Missing ones are fine. */
    delete(id: string): Promise<void>;
  };
  version(): Promise<{ version: string; revision: string }>;
  /** Events that match the topics, for ever (subscribes again after a break, then calls onReconnect). */
  subscribe(
    topics: string[],
    onEvent: (event: ContainerdEvent) => void,
    onReconnect: () => void,
  ): { close(): void };
  /** Resolves when containerd answers. */
  ready(timeoutMs: number): Promise<void>;
  close(): void;
}

export interface ContainerdOptions {
  /** unix socket path */
  socket: string;
  namespace: string;
  /** Its state folder, when it is ours alone. */
  state?: string;
  log: Logger;
}

// docker-copy streams: what both sides know of them beyond the tar bytes.
//
// A real agent says nothing after a write and just ends a read, whether it is whole or not. Asked with `copy_status: true`, ours ends
// every stream with a trailer of TRAILER_SIZE bytes: JSON CopyStatus, spaces, a line feed. A stream without one was cut off. Before a
// write it sends one line feed, and the client its first byte only after that. docker-export and docker-changes always do so.

/** What dockerd tells of a path, in X-Docker-Container-Path-Stat; mode in the bits of Go's os.FileMode. */
export interface ContainerPathStat {
  name: string;
  size: number;
  mode: number;
  /** RFC 3339, with nanoseconds */
  mtime: string;
  /** Where a symbolic link leads in the end, inside the container; '' for everything else. */
  linkTarget: string;
}

/** bytes */
export const TRAILER_SIZE = 1024;

/** How a stream went: {} is well. */
export interface CopyStatus {
  /** As a restCode: FileNotFound, PathNotDirectory, PathReadOnly, CopyFailed. */
  code?: string;
  /** In dockerd's words. */
  message?: string;
}

/** Fields of CNAPI docker-copy. */
export interface CopyRequest {
  path: string;
  mode: 'read' | 'write' | 'stat';
  /** A directory and something else do not replace each other. */
  no_overwrite_dir?: boolean;
  /** Ours: what is written belongs to the container's user. */
  copy_uid_gid?: boolean;
  /** Ours: see above. */
  copy_status?: boolean;
}

/** One change of docker-changes, a line of JSON each. */
export interface PathChange {
  Path: string;
  /** 0 modified, 1 added, 2 deleted */
  Kind: 0 | 1 | 2;
}

/** Pure. null for what is no trailer. */
export function parseTrailer(bytes: Uint8Array): CopyStatus | null {
  try {
    const status: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof status === 'object' && status !== null ? status : null;
  } catch {
    return null;
  }
}

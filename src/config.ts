// Loads, validates and freezes the daemon's part of the configuration. Every setting stands once, with its default, in etc/coal.json.

export interface DaemonConfig {
  /** e.g. ['unix:///run/sdc-docker/docker.sock'] */
  listen: string[];
  /** User and group to become when started as root. */
  user: string;
  stateDir: string;
  adminUuid: string;
  datacenterName: string;
  /** Service → URL: 'http://host' or 'unix:/path/to.sock'. */
  triton: { vmapi: string; cnapi: string; imgapi: string; napi: string; papi: string };
  /** Package used when no limit is asked; '' = smallest with at least defaultMemory. */
  defaultPackage: string;
  /** MiB */
  defaultMemory: number;
  packagePrefix: string;
  /** Name of the network for NetworkMode default/bridge. */
  defaultNetwork: string;

  logLevel: string;
}

// The config.toml of our own containerd: what it leaves out makes it start fast and stay small.

/**
 * What we never use. opt would make /opt/containerd, restart looks at all containers every 10 s, cgroups keeps metrics for Prometheus (OOM events
 * come from the shims), tracing speaks to a collector. Names that a version does not know are fine.
 */
const DISABLED = [
  'io.containerd.grpc.v1.cri',
  'io.containerd.internal.v1.opt',
  'io.containerd.internal.v1.restart',
  'io.containerd.internal.v1.tracing',
  'io.containerd.monitor.v1.cgroups',
  'io.containerd.nri.v1.nri',
  'io.containerd.snapshotter.v1.aufs',
  'io.containerd.snapshotter.v1.blockfile',
  'io.containerd.snapshotter.v1.btrfs',
  'io.containerd.snapshotter.v1.devmapper',
  'io.containerd.snapshotter.v1.native',
  'io.containerd.snapshotter.v1.zfs',
  'io.containerd.tracing.processor.v1.otlp',
];

/** The kernel's limit for the path of a unix socket (108 with the closing zero); containerd's second socket is called <socket>.ttrpc. */
const SOCKET_PATH_MAX = 107 - '.ttrpc'.length;

/**
 * For a shim to answer when containerd comes back. After containerd's own 5 s it takes the shim for dead and KILLS the container: a machine
 * that is busy, swapping or waiting for its disk must not do that to what runs.
 */
const SHIM_LOAD = '60s';

/** The text of config.toml. Throws an Error with one clear line for a socket path that the kernel cannot take. */
export function instanceConfig(opts: { root: string; state: string; socket: string }): string {
  if (Buffer.byteLength(opts.socket) > SOCKET_PATH_MAX)
    throw new Error(`the containerd socket path is longer than ${SOCKET_PATH_MAX} bytes: ${opts.socket}`);
  return [
    '# Written by sdc-docker at each start: changes are lost.',
    'version = 2',
    `root = ${tomlString(opts.root)}`,
    `state = ${tomlString(opts.state)}`,
    'disabled_plugins = [',
    ...DISABLED.map((plugin) => `  ${tomlString(plugin)},`),
    ']',
    '',
    '[grpc]',
    `address = ${tomlString(opts.socket)}`,
    '',
    '# At "info" each container leaves several lines in a file that nobody rotates.',
    '[debug]',
    'level = "warn"',
    '',
    '[timeouts]',
    `"io.containerd.timeout.shim.load" = ${tomlString(SHIM_LOAD)}`,
    '',
  ].join('\n');
}

/** A TOML basic string; JSON's escapes are a subset of TOML's. */
function tomlString(text: string): string {
  return JSON.stringify(text);
}

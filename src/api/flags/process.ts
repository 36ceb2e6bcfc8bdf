// Flags of docker run and create on the process, its terminal and its life.
import type { Flag } from './types.ts';

export const PROCESS_FLAGS = [
  { flags: '--entrypoint', fields: ['Config.Entrypoint', 'Config.Cmd', 'Config.Shell'], state: 'done' },
  { flags: '--env, --env-file', fields: ['Config.Env'], state: 'done' },
  { flags: '--workdir', fields: ['Config.WorkingDir'], state: 'done' },
  { flags: '--user', fields: ['Config.User'], state: 'done' },
  { flags: '--group-add', fields: ['HostConfig.GroupAdd'], state: 'done', metadataOnly: true },
  {
    flags: '--interactive, --attach',
    fields: [
      'Config.OpenStdin',
      'Config.StdinOnce',
      'Config.AttachStdin',
      'Config.AttachStdout',
      'Config.AttachStderr',
    ],
    state: 'done',
  },
  { flags: '--tty', fields: ['Config.Tty', 'HostConfig.ConsoleSize'], state: 'done' },
  { flags: '--detach, --detach-keys, --sig-proxy', fields: [], state: 'done' },
  { flags: '--init', fields: ['HostConfig.Init'], state: 'done', metadataOnly: true },
  { flags: '--rm', fields: ['HostConfig.AutoRemove'], state: 'done' },
  { flags: '--restart', fields: ['HostConfig.RestartPolicy'], state: 'done' },
  {
    flags: '--stop-signal, --stop-timeout',
    fields: ['Config.StopSignal', 'Config.StopTimeout'],
    state: 'done',
    metadataOnly: true,
  },
  {
    flags: '--health-*, --no-healthcheck',
    fields: ['Config.Healthcheck'],
    state: 'partial',
    reason:
      "a probe is not among a container's ExecIDs and cannot be inspected; on a datacenter's compute nodes one that takes too long is given up, not killed",
  },
  {
    flags: '--log-driver, --log-opt',
    fields: ['HostConfig.LogConfig'],
    state: 'partial',
    reason:
      'json-file, local, none, syslog, gelf, fluentd and journald with their options; others (and those that daemon.enabledLogDrivers leaves out) are a 400. json-file and local are written in one form, plain bytes; max-size × max-file is kept to a line, not to a file, and never compressed (compress is only checked). No receiver ever blocks a container: lines wait in the local copy, from which they are lost only when its window (cache-max-size × cache-max-file, 20m × 5) is full, so mode, max-buffer-size, fluentd-buffer-limit and limits of retries have nothing to limit; after a break the last seconds may come twice; removing a container waits for its last lines while they are taken. A unix socket that does not exist fails the start, not the create. journald is read back from the local copy. Tags know no range and with. A client that is attached and 1 GiB behind skips output that was rotated away',
  },
  { flags: '--ulimit', fields: ['HostConfig.Ulimits'], state: 'done', metadataOnly: true },
  { flags: '--oom-score-adj', fields: ['HostConfig.OomScoreAdj'], state: 'done', metadataOnly: true },
] as const satisfies readonly Flag[];

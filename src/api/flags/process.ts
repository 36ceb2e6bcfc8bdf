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
    reason: "--no-healthcheck works; an image's own HEALTHCHECK is shown and not run",
    refused: ['health checks (--health-cmd)'],
  },
  {
    flags: '--log-driver, --log-opt',
    fields: ['HostConfig.LogConfig'],
    state: 'partial',
    reason:
      '`json-file` and `local` are one and the same here, with `none` the output cannot be read, other drivers are a 400; options are kept and shown, and have no effect: logs are not rotated',
  },
  { flags: '--ulimit', fields: ['HostConfig.Ulimits'], state: 'done', metadataOnly: true },
  { flags: '--oom-score-adj', fields: ['HostConfig.OomScoreAdj'], state: 'done', metadataOnly: true },
] as const satisfies readonly Flag[];

// Every key that the Docker side and the compute node exchange inside a VM, each once, with who writes and who reads it.
// SD = this daemon (src), AG = compute-node agent (lib/cn-agent, or the real cn-agent/dockerinit/vmadmd).
// "json" = a string holding JSON: VMAPI stores only strings, numbers and booleans.

/** internal_metadata keys. */
export const MD = {
  /** 64 hex. SD → SD, AG. */
  id: 'docker:id',
  /** json string[]. SD → SD, AG. */
  cmd: 'docker:cmd',
  /** json string[]. SD → SD, AG. */
  entrypoint: 'docker:entrypoint',
  /** json 'K=V'[], image's first. SD → SD, AG. */
  env: 'docker:env',
  /** Text as in Config.User. SD → SD, AG. */
  user: 'docker:user',
  /** Text. SD → SD, AG. */
  workdir: 'docker:workdir',
  /** true, or absent. SD → SD, AG. */
  tty: 'docker:tty',
  /** true, or absent. SD → SD, AG. */
  openStdin: 'docker:open_stdin',
  attachStdin: 'docker:attach_stdin',
  attachStdout: 'docker:attach_stdout',
  attachStderr: 'docker:attach_stderr',
  /** 'always' | 'unless-stopped' | 'on-failure' | 'on-failure:N'; absent for no. SD → SD, AG. */
  restartPolicy: 'docker:restartpolicy',
  /** number of automatic restarts so far. AG → SD. */
  restartCount: 'docker:restartcount',
  /** ms of the next back-off. AG → AG. */
  restartDelay: 'docker:restartdelay',
  /** true with -P, or absent. SD → real sdc-docker. */
  publishAllPorts: 'docker:publish_all_ports',
  /** json number[] of ports that are exposed and not published; absent for none. SD → real sdc-docker. */
  tcpUnpublished: 'docker:tcp_unpublished_ports',
  udpUnpublished: 'docker:udp_unpublished_ports',
  logDriver: 'docker:logdriver',
  /** json object. SD → SD, AG. */
  logConfig: 'docker:logconfig',
  /** json string[]. SD → SD, AG. */
  dnsSearch: 'docker:dnssearch',
  /** json 'name:ip'[]. SD → SD, AG. */
  extraHosts: 'docker:extraHosts',
  /** config digest 'sha256:…'. SD → SD. */
  imageId: 'docker:imageid',
  /** As the user typed it. SD → SD. */
  imageName: 'docker:imagename',
  /** json, Docker's whole ContainerConfig (newest API shape). SD → SD (inspect), AG. Ours: a real agent ignores it. */
  config: 'docker:config',
  /** json, Docker's whole HostConfig (newest API shape). SD → SD (inspect), AG. Ours. */
  hostConfig: 'docker:hostconfig',
  /** json, Docker's NetworkingConfig.EndpointsConfig: what endpoints.ts's keys took the place of. Only read. */
  networkingConfig: 'docker:networkingconfig',
  /** json: every mount of the container but tmpfs (src/containers/create/plan-mounts.ts). SD → SD, AG. Ours. */
  mounts: 'docker:mounts',
  /** json VmVolume[] (volumes.ts): the volumes of its mounts. VMAPI → SD, AG. Ours: a real one writes docker:nfsvolumes. */
  volumes: 'docker:volumes',
  /** json {name, type}[]: volumes made together with the VM. VMAPI → SD (events). Ours. */
  volumesMade: 'docker:volumesmade',
  /** json {name, type}[]: volumes removed together with the VM. VMAPI → SD (events). Ours. */
  volumesRemoved: 'docker:volumesremoved',
  /** json LinkRecord[] (links.ts): which containers it is linked to, --link of the default network. SD → SD. Ours. */
  links: 'docker:links',
  /** Lines 'ip TAB alias hostname name' of those, for /etc/hosts. SD → AG. */
  linkHosts: 'docker:linkHosts',
  /** json 'K=V'[] of those. SD → AG. */
  linkEnv: 'docker:linkEnv',
  /** true: SD deletes the VM when it has stopped (--rm). SD → SD. Ours. */
  autoRemove: 'docker:autoremove',
  /** ISO time of the last boot; stays when stopped (boot_timestamp does not). AG → SD. Ours. */
  startedAt: 'docker:startedat',
  /** ISO time of the last exit; stays while it runs again (exit_timestamp does not). AG → SD. Ours. */
  finishedAt: 'docker:finishedat',
  /** true after an OOM kill in the last run. AG → SD. Ours. */
  oomKilled: 'docker:oomkilled',
  /** State.Error: why the last start failed, Docker's text. AG → SD. Ours. */
  error: 'docker:error',
  /** true while the cgroup is frozen. AG → SD. Ours. */
  paused: 'docker:paused',
  /** json {'80/tcp': [{HostIp, HostPort}]}, null for a port that is only exposed: what is published while it runs. AG → SD. Ours. */
  ports: 'docker:ports',
  /** true between an exit and the automatic restart. AG → SD. Ours. */
  restarting: 'docker:restarting',
} as const;

/** Tag prefix of Docker labels. */
export const LABEL_TAG_PREFIX = 'docker:label:';
/** Tag on every container. */
export const DOCKER_TAG = 'sdc_docker';

/** Label k → tag key. `triton.*` labels keep their name (triton-wire §1.4). */
export function labelToTag(label: string): string {
  return label.startsWith('triton.') ? label : LABEL_TAG_PREFIX + label;
}

/** Tag key → label, or null when the tag is not a Docker label. */
export function tagToLabel(tag: string): string | null {
  if (tag.startsWith(LABEL_TAG_PREFIX)) return tag.slice(LABEL_TAG_PREFIX.length);
  return tag.startsWith('triton.') ? tag : null;
}

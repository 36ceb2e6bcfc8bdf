// A container's docker:* internal_metadata, from its config: the contract with the compute node (lib/docker-vm/metadata.ts).
import { MD } from '#lib/docker-vm/metadata.ts';
import type { Scalar } from '#lib/wire/types.ts';
import type { PlannedMount } from '#src/containers/create/plan-mounts.ts';
import { portsOf } from '#src/containers/create/published-ports.ts';
import { restartPolicyText } from '#src/containers/create/validate-restart-policy.ts';
import type { ContainerConfig, CreateRequest, HostConfig } from '#src/containers/types.ts';

/** What the metadata says of the image. */
export interface ImageIdentity {
  /** config digest, 'sha256:…' */
  id: string;
  env: string[];
}

/** Pure. A key that has nothing to say is absent, as the real sdc-docker leaves it out. */
export function toMetadata(
  id: string,
  { config, hostConfig }: CreateRequest,
  image: ImageIdentity,
): Record<string, Scalar> {
  const md: Record<string, Scalar> = {
    [MD.id]: id,
    [MD.cmd]: JSON.stringify(config.Cmd ?? []),
    [MD.entrypoint]: JSON.stringify(config.Entrypoint ?? []),
    [MD.env]: JSON.stringify(imageFirst(config.Env ?? [], image.env)),
    [MD.logDriver]: hostConfig.LogConfig.Type,
    [MD.logConfig]: JSON.stringify(hostConfig.LogConfig.Config),
    [MD.dnsSearch]: JSON.stringify(hostConfig.DnsSearch ?? []),
    [MD.extraHosts]: JSON.stringify(hostConfig.ExtraHosts ?? []),
    [MD.imageName]: config.Image,
    [MD.config]: JSON.stringify(config),
    [MD.hostConfig]: JSON.stringify(hostConfig),
    ...switches(config, hostConfig),
    ...unpublishedPorts(config, hostConfig),
  };
  if (image.id !== '') md[MD.imageId] = image.id;
  if (config.User !== '') md[MD.user] = config.User;
  if (config.WorkingDir !== '') md[MD.workdir] = config.WorkingDir;
  const policy = restartPolicyText(hostConfig.RestartPolicy);
  if (policy !== null) md[MD.restartPolicy] = policy;
  return md;
}

/** Nothing when nothing is mounted. Pure. */
export function toMountsMetadata(mounts: readonly PlannedMount[]): Record<string, Scalar> {
  return mounts.length > 0 ? { [MD.mounts]: JSON.stringify(mounts) } : {};
}

function switches(config: ContainerConfig, hostConfig: HostConfig): Record<string, true> {
  const all: [string, boolean][] = [
    [MD.tty, config.Tty],
    [MD.openStdin, config.OpenStdin],
    [MD.attachStdin, config.AttachStdin],
    [MD.attachStdout, config.AttachStdout],
    [MD.attachStderr, config.AttachStderr],
    [MD.autoRemove, hostConfig.AutoRemove],
    [MD.publishAllPorts, hostConfig.PublishAllPorts],
  ];
  return Object.fromEntries(all.filter(([, on]) => on).map(([key]) => [key, true]));
}

function unpublishedPorts(config: ContainerConfig, hostConfig: HostConfig): Record<string, string> {
  const { unpublished } = portsOf({ config, hostConfig });
  const keys = { tcp: MD.tcpUnpublished, udp: MD.udpUnpublished };
  return Object.fromEntries(
    (['tcp', 'udp'] as const).flatMap((protocol) => {
      const ports = unpublished.filter((each) => each.protocol === protocol).map(({ port }) => port);
      return ports.length === 0 ? [] : [[keys[protocol], JSON.stringify(ports)]];
    }),
  );
}

/** Config.Env has the user's entries first; Triton's agents want the image's first, so that the user's come last and win. */
function imageFirst(env: string[], imageEnv: string[]): string[] {
  const fromImage = new Set(imageEnv);
  return [...env.filter((entry) => fromImage.has(entry)), ...env.filter((entry) => !fromImage.has(entry))];
}

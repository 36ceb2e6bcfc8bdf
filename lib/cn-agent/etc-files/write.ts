// Puts the three files of /etc into a container's directory on the host, from where they are bind-mounted.
import { mkdir, open, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { SpecInput } from '#lib/cn-agent/oci-spec/types.ts';
import { hostnameFile } from './hostname-file.ts';
import { type HostsInput, hostsFile } from './hosts-file.ts';
import { type ResolvConfInput, resolvConf } from './resolv-conf.ts';

export type EtcFilesInput = HostsInput & Omit<ResolvConfInput, 'host'>;

const HOST_HOSTS = '/etc/hosts';
const HOST_RESOLV_CONF = '/etc/resolv.conf';

/**
 * Writes hosts, hostname and resolv.conf into `dir` (made when missing) and answers their paths, for SpecInput.etc.
 * In place, not by rename: a running container has these very inodes mounted. With the host's network and no extra hosts
 * the host's own /etc/hosts is copied, as in dockerd.
 */
export async function writeEtcFiles(dir: string, input: EtcFilesInput): Promise<SpecInput['etc']> {
  await mkdir(dir, { recursive: true, mode: 0o710 });
  const [hosts, host] = await Promise.all([
    hostsText(input),
    readFile(HOST_RESOLV_CONF, 'utf8').catch(() => ''),
  ]);
  const paths = etcPaths(dir);
  await Promise.all([
    write(paths.hosts, hosts),
    write(paths.hostname, hostnameFile(input.hostname)),
    write(paths.resolvConf, resolvConf({ ...input, host })),
  ]);
  return paths;
}

/** Where they are. */
export function etcPaths(dir: string): SpecInput['etc'] {
  return {
    hosts: path.join(dir, 'hosts'),
    hostname: path.join(dir, 'hostname'),
    resolvConf: path.join(dir, 'resolv.conf'),
  };
}

/** A resolv.conf that is still as we wrote it becomes that of a network with names; one that the container has changed is its own. */
export async function nameServerInside(
  dir: string,
  input: Omit<ResolvConfInput, 'host' | 'named'>,
): Promise<void> {
  const file = etcPaths(dir).resolvConf;
  const [now, host] = await Promise.all([
    readFile(file, 'utf8'),
    readFile(HOST_RESOLV_CONF, 'utf8').catch(() => ''),
  ]);
  if (now === resolvConf({ ...input, host, named: false }))
    await write(file, resolvConf({ ...input, host, named: true }));
}

async function hostsText(input: EtcFilesInput): Promise<string> {
  const copied = input.hostNetwork && input.extraHosts.length === 0;
  return (copied ? await readFile(HOST_HOSTS, 'utf8').catch(() => null) : null) ?? hostsFile(input);
}

async function write(file: string, text: string): Promise<void> {
  const handle = await open(file, 'w', 0o644);
  try {
    // Containers of any user read them, whatever our umask.
    await handle.chmod(0o644);
    await handle.writeFile(text);
  } finally {
    await handle.close();
  }
}

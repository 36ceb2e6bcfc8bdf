// dockerd's checks of capabilities and security options at create.
import { CAPABILITY_NAMES, capabilityName } from '#lib/docker-vm/capabilities.ts';
import type { HostConfig } from '#src/containers/types.ts';
import { invalid } from '#src/errors.ts';

const OPTIONS = ['label', 'apparmor', 'seccomp', 'no-new-privileges', 'writable-cgroups'];
const SWITCHES = ['no-new-privileges', 'writable-cgroups'];
/** What Go's ParseBool takes. */
const BOOLEANS = ['1', 't', 'T', 'true', 'TRUE', 'True', '0', 'f', 'F', 'false', 'FALSE', 'False'];

/** Throws DockerError invalid for a name that Linux does not know. */
export function validateCapabilities(host: Pick<HostConfig, 'CapAdd' | 'CapDrop'>): void {
  for (const key of ['CapAdd', 'CapDrop'] as const) {
    for (const given of host[key] ?? []) {
      const name = capabilityName(given);
      if (name !== 'ALL' && !CAPABILITY_NAMES.includes(name)) {
        throw invalid(`invalid ${key}: unknown capability: ${JSON.stringify(name)}`);
      }
    }
  }
}

/** Throws DockerError invalid for an option that dockerd does not know: it must not be dropped silently. */
export function validateSecurityOptions(options: readonly string[]): void {
  for (const option of options) {
    if ([...SWITCHES, 'disable'].includes(option)) continue;
    const at = option.includes('=') ? option.indexOf('=') : option.indexOf(':');
    if (at < 0) throw invalid(`invalid --security-opt 1: ${JSON.stringify(option)}`);
    const key = option.slice(0, at);
    const isBad = SWITCHES.includes(key) && !BOOLEANS.includes(option.slice(at + 1));
    if (isBad || !OPTIONS.includes(key)) throw invalid(`invalid --security-opt 2: ${JSON.stringify(option)}`);
  }
}

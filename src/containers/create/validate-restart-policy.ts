// dockerd's checks of a restart policy, for create and update.
import type { RestartPolicy } from '#src/containers/types.ts';
import { invalid } from '#src/errors.ts';

/** Throws DockerError invalid with dockerd's text. */
export function validateRestartPolicy({ Name: name, MaximumRetryCount: count }: RestartPolicy): void {
  switch (name) {
    case 'always':
    case 'unless-stopped':
    case 'no':
      if (count === 0) return;
      throw invalid(
        "invalid restart policy: maximum retry count can only be used with 'on-failure'" +
          (count < 0 ? ' and cannot be negative' : ''),
      );
    case 'on-failure':
      if (count < 0) throw invalid('invalid restart policy: maximum retry count cannot be negative');
      return;
    case '':
      return;
    default:
      throw invalid(
        `invalid restart policy: unknown policy '${name}'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'`,
      );
  }
}

/** As the metadata key docker:restartpolicy holds it; null for no policy. */
export function restartPolicyText({ Name: name, MaximumRetryCount: count }: RestartPolicy): string | null {
  if (name === '' || name === 'no') return null;
  return name === 'on-failure' && count > 0 ? `on-failure:${count}` : name;
}

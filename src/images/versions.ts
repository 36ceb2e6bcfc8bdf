// Every difference of the image answers between API versions, as edits of the newest answer.
import type { DockerImage } from '#lib/store/types.ts';
import type { ApiVersion } from '#src/api/version.ts';
import { ZERO_TIME } from '#src/vm/state.ts';
import { type Json, objectOf, textOf } from './from-image/config-json.ts';
import type { ImageInspect } from './from-image/inspect.ts';
import type { ImageSummary } from './from-image/summary.ts';

/** Fields of Config that were always sent below 1.52. */
const CONFIG_UNTIL_51: Json = {
  Cmd: null,
  Entrypoint: null,
  Env: null,
  Labels: null,
  OnBuild: null,
  User: '',
  Volumes: null,
  WorkingDir: '',
};

/** And below 1.50: a container's settings, which no image has. */
const CONFIG_UNTIL_49: Json = {
  ...CONFIG_UNTIL_51,
  AttachStderr: false,
  AttachStdin: false,
  AttachStdout: false,
  Domainname: '',
  Hostname: '',
  Image: '',
  OpenStdin: false,
  StdinOnce: false,
  Tty: false,
};

/** GET /images/:name/json. Pure. */
export function inspectForVersion(newest: ImageInspect, image: DockerImage, version: ApiVersion): Json {
  const answer: Json = { ...newest };
  if (version < 52) {
    for (const key of ['Parent', 'Comment', 'DockerVersion', 'Author']) answer[key] ??= '';
    const always = version < 50 ? CONFIG_UNTIL_49 : CONFIG_UNTIL_51;
    answer.Config = { ...always, ...newest.Config };
  }
  if (version < 45) {
    answer.Container = textOf(image.image.container);
    answer.ContainerConfig = { ...CONFIG_UNTIL_49, ...objectOf(image.image.container_config) };
  }
  if (version < 44) {
    answer.VirtualSize = newest.Size;
    answer.Created ??= ZERO_TIME;
  }
  return answer;
}

/** One row of GET /images/json. Pure. */
export function summaryForVersion(newest: ImageSummary, version: ApiVersion): Json {
  const answer: Json = { ...newest };
  if (version < 51) answer.Containers = -1;
  if (version < 44) answer.VirtualSize = newest.Size;
  if (version < 43) {
    const nameless = newest.RepoTags.length === 0 && newest.RepoDigests.length === 0;
    // Only when both are empty; a lone empty list was null.
    answer.RepoTags = orWhenEmpty(newest.RepoTags, nameless ? ['<none>:<none>'] : null);
    answer.RepoDigests = orWhenEmpty(newest.RepoDigests, nameless ? ['<none>@<none>'] : null);
  }
  return answer;
}

function orWhenEmpty(list: string[], other: string[] | null): string[] | null {
  return list.length > 0 ? list : other;
}

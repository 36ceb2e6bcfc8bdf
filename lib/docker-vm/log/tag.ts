// The `tag` option: a Go template over what is known of the container.
import { commandOf, type LogInfo, shortId } from './info.ts';
import { renderTemplate } from './template.ts';

/** dockerd's default for drivers that always have a tag. */
export const DEFAULT_TAG = '{{.ID}}';

/** Throws Error on a template that is none, in Go's words. */
export function logTag(info: LogInfo, hostname: string, fallback = DEFAULT_TAG): string {
  const template = info.Config.tag || fallback;
  return template === '' ? '' : renderTemplate('log-tag', template, tagData(info, hostname), '*logger.Info');
}

/** Fields and methods of dockerd's logger.Info. */
function tagData(info: LogInfo, hostname: string): Record<string, unknown> {
  return {
    ...info,
    ID: shortId(info.ContainerID),
    FullID: info.ContainerID,
    Name: info.ContainerName.replace(/^\//, ''),
    ImageID: shortId(info.ContainerImageID),
    ImageFullID: info.ContainerImageID,
    ImageName: info.ContainerImageName,
    Command: commandOf(info),
    Hostname: hostname,
  };
}

// Flags of docker run and create on names, labels and the image.
import type { Flag } from './types.ts';

export const IDENTITY_FLAGS = [
  { flags: '--name', fields: ['?name'], state: 'done' },
  {
    flags: '--hostname, --domainname',
    fields: ['Config.Hostname', 'Config.Domainname'],
    state: 'done',
  },
  {
    flags: '--label, --label-file',
    fields: ['Config.Labels'],
    state: 'partial',
    reason:
      "the label com.joyent.package chooses the package, and one that names none is a 400; labels triton.* are Triton's, and one that it does not know is a 400",
  },
  { flags: '--annotation', fields: ['HostConfig.Annotations'], state: 'done', metadataOnly: true },
  { flags: '--cidfile', fields: ['HostConfig.ContainerIDFile'], state: 'done' },
  { flags: '--pull, --quiet', fields: ['Config.Image'], state: 'done' },
  {
    flags: '--platform',
    fields: ['?platform'],
    state: 'done',
  },
] as const satisfies readonly Flag[];

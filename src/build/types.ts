// What the steps of a build work with.
import type { DockerImage } from '#lib/store/types.ts';
import type { Req } from '#src/context.ts';
import type { BuildState } from '#src/dockerfile/run-config.ts';
import type { BuildArgs } from './build-args.ts';
import type { BuildOptions } from './options.ts';
import type { BuildOutput } from './output.ts';
import type { HiddenModes } from './readable.ts';
import type { WorkDir } from './work-dir.ts';

/** One build. */
export interface Build {
  req: Req;
  options: BuildOptions;
  out: BuildOutput;
  work: WorkDir;
  /** The unpacked context. */
  context: string;
  /** Of files in it, and in what was read of images, whose mode is not the one on our disk. */
  modes: HiddenModes;
  args: BuildArgs;
  escapeChar: string;
  /** Stages that are built, in order. */
  done: { name: string; image: DockerImage }[];
}

/** The stage that is being built. */
export interface StageState extends BuildState {
  image: DockerImage;
  /** A step was not in the cache: what follows cannot be either. */
  cacheBusted: boolean;
}

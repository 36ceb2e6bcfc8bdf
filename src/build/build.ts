// ImageBuild: POST /build, the classic builder.

import { shortImageId } from '#lib/docker-vm/ids.ts';
import { nameImage, parseNames } from '#src/commit/name-image.ts';
import { requireBuilding } from '#src/commit/worker.ts';
import type { Reply, Req } from '#src/context.ts';
import { parseDockerfile } from '#src/dockerfile/parse.ts';
import type { Instruction, Stage } from '#src/dockerfile/types.ts';
import { DockerError, internal } from '#src/errors.ts';
import { BuildArgs } from './build-args.ts';
import { type BuildOptions, parseOptions } from './options.ts';
import { BuildOutput } from './output.ts';
import { makeReadable } from './readable.ts';
import { takeDockerfile, unpackContext } from './receive-context.ts';
import { StepFailed } from './run-step.ts';
import { buildStages, wantedStages } from './stages.ts';
import { makeWorkDir, type WorkDir } from './work-dir.ts';

/** 200 with a line for each thing that happens. Errors are HTTP errors until the first line, lines after it. */
export async function imageBuild(req: Req): Promise<Reply> {
  const options = parseOptions(req);
  const out = new BuildOutput(req.res, options.quiet);
  const work = await makeWorkDir(req.app.config.stateDir);
  try {
    await build(req, options, out, work);
  } catch (err) {
    if (req.call.signal?.aborted) req.log.info('a build was cancelled by its client');
    const failure = toDetail(err);
    if (!out.begun) throw err;
    req.log.info({ err: err instanceof StepFailed ? undefined : err }, 'a build failed');
    await out.failure(failure);
  } finally {
    // What the client still sends is thrown away: closed on unread bytes, its answer would be lost.
    req.raw.resume();
    await work
      .remove()
      .catch((err) => req.log.warn({ err }, 'the folder of a build stays until the next start'));
  }
  return 'handled';
}

async function build(req: Req, options: BuildOptions, out: BuildOutput, work: WorkDir): Promise<void> {
  const names = parseNames(options.tags);
  await requireBuilding(req);
  const context = await work.folder();
  await unpackContext(context, req.raw);
  const modes = await makeReadable(context);
  const file = parseDockerfile(await takeDockerfile(context, options.dockerfile));
  const stages = withLabels(wantedStages(file.stages, options.target), options.labels, file.escapeChar);
  const args = new BuildArgs(options.buildArgs);
  const { escapeChar } = file;
  const image = await buildStages(
    { req, options, out, work, context, modes, args, escapeChar, done: [] },
    file,
    stages,
  );
  const unused = args.unused();
  if (unused.length > 0)
    await out.text(`[Warning] One or more build-args [${unused.join(' ')}] were not consumed\n`);
  await out.text(`Successfully built ${shortImageId(image.config_digest)}\n`);
  for (const ref of names) {
    const current = req.app.store.images.get(req.account.uuid, image.config_digest) ?? image;
    await out.text(`Successfully tagged ${nameImage(req, current, ref)}\n`);
  }
  await out.success(image.config_digest);
}

/** The labels of the request, as the last steps of the last stage; nothing in them is expanded. Pure. */
export function withLabels(stages: Stage[], labels: Record<string, string>, escapeChar: string): Stage[] {
  const literal = (text: string): string => text.replace(/[\\`$'"]/g, (char) => escapeChar + char);
  const more = Object.keys(labels)
    .sort()
    .map((key): Instruction => {
      const pairs: [string, string][] = [[literal(key), literal(labels[key]!)]];
      const code = `LABEL ${key}=${labels[key]}`;
      return { name: 'label', code, line: 0, flags: [], args: [`${key}=${labels[key]}`], json: false, pairs };
    });
  return stages.map((stage, at) =>
    at < stages.length - 1 ? stage : { ...stage, instructions: [...stage.instructions, ...more] },
  );
}

function toDetail(err: unknown): { code?: number; message: string } {
  if (err instanceof StepFailed) return { code: err.code, message: err.message };
  if (err instanceof DockerError) return { message: err.clientMessage };
  return { message: internal('an internal error of sdc-docker; its log says more').clientMessage };
}

// ContainerRename: POST /containers/:id/rename.
import type { Reply, Req } from '#src/context.ts';
import { conflict, invalid } from '#src/errors.ts';
import { dockerIdOf } from '#src/vm/metadata.ts';
import { outliving } from '#src/vm/outlive.ts';
import { toDockerError } from '#src/vm/triton-errors.ts';
import { isNameTaken, nameConflict } from './create/create.ts';
import { validateName } from './create/validate.ts';
import { findContainer } from './lookup.ts';

/** 204. The rename event comes from the changefeed. */
export async function containerRename(req: Req): Promise<Reply> {
  const ref = req.params.id!.trim();
  const name = (req.query.name ?? '').trim();
  if (ref.replace(/^\//, '') === '' || name.replace(/^\//, '') === '') {
    throw invalid('Neither old nor new names may be empty');
  }
  const vm = await findContainer(req, ref);
  const alias = name.replace(/^\//, '');
  if (vm.alias === alias) throw invalid('Renaming a container with the same name as its current name');
  try {
    validateName(`/${alias}`);
    const { vmapi } = req.app.triton;
    await vmapi.updateVm(vm.uuid, { alias }, { owner_uuid: req.account.uuid }, outliving(req.call));
  } catch (err) {
    if (isNameTaken(err)) {
      const reason = await nameConflict(req, alias);
      throw conflict(`Error when allocating new name: ${reason.message}`);
    }
    const reason = toDockerError(err, { ref, id: dockerIdOf(vm) });
    if (reason.kind === 'invalid')
      throw invalid(`Error when allocating new name: ${reason.clientMessage}`, reason);
    throw reason;
  }
  return { status: 204 };
}

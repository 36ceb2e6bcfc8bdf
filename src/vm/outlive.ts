// The call context of work that must end even when the client hangs up.
import type { CallContext } from '#lib/triton/types.ts';

/** dockerd too finishes a create, stop or remove whose client is gone: half a one would leave more behind than a whole one. */
export function outliving(call: CallContext): CallContext {
  return { reqId: call.reqId };
}

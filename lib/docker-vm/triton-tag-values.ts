// Triton's special tags (triton.cns.services and its like): which there are and what they may say is npm triton-tags' knowledge.
import tritonTags from 'triton-tags';
import type { Scalar } from '#lib/wire/types.ts';

/** Of a Docker label `triton.*` the tag's value, of the type that Triton wants, or why it can be none. Pure. */
export function tritonTagOf(label: string, text: string): { value: Scalar } | { error: string } {
  let result: { value: Scalar } | { error: string } = { value: text };
  tritonTags.parseTritonTagStr(label, text, (err, value) => {
    result = err ? { error: err.message } : { value: value ?? text };
  });
  return result;
}

/** Why a VM cannot have these tags, as VMAPI says it (sdc-vmapi lib/common/validation.js, validTags); null when it can. Pure. */
export function tritonTagsError(tags: Record<string, unknown>): string | null {
  for (const [key, value] of Object.entries(tags)) {
    const error = tritonTags.isTritonTag(key) ? tritonTags.validateTritonTag(key, value) : null;
    if (error !== null) return error;
  }
  return null;
}

// The two rules by which an account's containers reach each other: written once per account, as the real sdc-docker does.
import { DOCKER_TAG } from '#lib/docker-vm/metadata.ts';
import type { FwRule } from '#lib/fw-rules/rule.ts';
import type { CallContext, FwapiClient } from '#lib/triton/types.ts';

/** A rule that somebody has deleted is written again this soon. ms */
const FRESH_MS = 60_000;

export class DockerRules {
  readonly #fwapi: Pick<FwapiClient, 'listRules' | 'createRule'>;
  readonly #now: () => number;
  readonly #known = new Map<string, { at: number; done: Promise<void> }>();

  constructor(
    fwapi: Pick<FwapiClient, 'listRules' | 'createRule'>,
    now: () => number = () => performance.now(),
  ) {
    this.#fwapi = fwapi;
    this.#now = now;
  }

  /** Resolves when the account has them, enabled or not. Throws TritonError; then the next call asks again. */
  ensure(owner: string, call: CallContext): Promise<void> {
    const known = this.#known.get(owner);
    if (known && this.#now() - known.at < FRESH_MS) return known.done;
    const done = this.#write(owner, { reqId: call.reqId });
    this.#known.set(owner, { at: this.#now(), done });
    done.catch(() => this.#known.delete(owner));
    return done;
  }

  async #write(owner: string, call: CallContext): Promise<void> {
    const rules = await this.#fwapi.listRules({ owner_uuid: owner, tag: DOCKER_TAG }, call);
    const missing = (['tcp', 'udp'] as const).filter(
      (protocol) => !rules.some((rule) => isFor(rule, protocol)),
    );
    for (const protocol of missing) {
      await this.#fwapi.createRule({ enabled: true, owner_uuid: owner, rule: ruleText(protocol) }, call);
    }
  }
}

function ruleText(protocol: 'tcp' | 'udp'): string {
  return `FROM tag ${DOCKER_TAG} TO tag ${DOCKER_TAG} ALLOW ${protocol} PORT all`;
}

/** FWAPI stores texts in a form of its own: the tag in quotes. */
function isFor({ rule }: Pick<FwRule, 'rule'>, protocol: 'tcp' | 'udp'): boolean {
  return rule.replaceAll('"', '').toLowerCase() === ruleText(protocol).toLowerCase();
}

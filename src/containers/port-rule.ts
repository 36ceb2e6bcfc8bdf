// By what a firewall rule that this daemon has written for a published port is known again.

/** Its description. An operator who changes it keeps the rule. */
export const PORT_RULE = 'port published by docker';

/** The VM that such a rule opens; null for another rule. Pure. */
export function vmOfPortRule(rule: { rule: string; description?: string }): string | null {
  if (rule.description !== PORT_RULE) return null;
  return /^FROM any TO vm ([0-9a-f-]{36}) ALLOW /.exec(rule.rule)?.[1] ?? null;
}

// Triton's firewall rules, as they concern one VM, in the words of the packet filter. Pure.
//
// By Triton's defaults everything goes out and nothing comes in. Of rules with the same priority the one against the default wins:
// coming in an ALLOW before a BLOCK, going out a BLOCK before an ALLOW.
import { mergedRanges } from '#lib/docker-vm/ports.ts';
import type { FwRule, RuleContent, RuleTargets } from '#lib/fw-rules/rule.ts';
import { concerns, type FirewalledVm, names } from '#lib/fw-rules/targets.ts';
import type { FilterLine, Guest, Match, Peer } from '#lib/net/firewall/types.ts';
import { addressesOf } from '#lib/wire/nic-ipv6.ts';
import type { Vm } from '#lib/wire/types.ts';

/** A rule that is enabled, and what it says. */
export interface ActiveRule {
  rule: FwRule;
  content: RuleContent;
}

/** How a VM is filtered by these rules. */
export function guestOf(vm: Vm, rules: Iterable<ActiveRule>): Guest {
  const guest = { ips: vm.nics.flatMap(addressesOf), groups: groupsOf(vm) };
  if (!vm.firewall_enabled) return { ...guest, inbound: null, outbound: [] };
  const own = [...rules].filter(({ rule }) => concerns(rule, vm));
  const inbound = own.filter(({ content }) => names(content.to, vm)).sort(inOrder('allow'));
  const outbound = own.filter(({ content }) => names(content.from, vm)).sort(inOrder('block'));
  const blocks = outbound.some(({ content }) => content.action === 'block');
  return {
    ...guest,
    inbound: inbound.flatMap((each) => linesOf(each, each.content.from)),
    outbound: blocks ? outbound.flatMap((each) => linesOf(each, each.content.to)) : [],
  };
}

/** Groups by which rules of its owner, or global ones, may name a VM. */
function groupsOf(vm: FirewalledVm): string[] {
  const owners = [vm.owner_uuid ?? '', ALL_OWNERS];
  const tags = Object.entries(vm.tags).flatMap(([name, value]) => [
    ['tag', name],
    ['tag', name, String(value)],
  ]);
  return owners.flatMap((owner) => [['vms'], ['vm', vm.uuid], ...tags].map((what) => groupKey(owner, what)));
}

const ALL_OWNERS = '*';

function groupKey(owner: string, what: string[]): string {
  return JSON.stringify([owner, ...what]);
}

function inOrder(first: 'allow' | 'block'): (a: ActiveRule, b: ActiveRule) => number {
  const rank = ({ content }: ActiveRule): number => (content.action === first ? 0 : 1);
  return (a, b) =>
    b.content.priority - a.content.priority || rank(a) - rank(b) || (a.rule.uuid < b.rule.uuid ? -1 : 1);
}

function linesOf({ rule, content }: ActiveRule, others: RuleTargets): FilterLine[] {
  const match = matchOf(content);
  const allow = content.action === 'allow';
  return peersOf(others, rule.owner_uuid ?? ALL_OWNERS).map((peer) => ({ peer, match, allow }));
}

function peersOf(targets: RuleTargets, owner: string): Peer[] {
  const group = (...what: string[]): Peer => ({ kind: 'group', key: groupKey(owner, what) });
  const cidrs = [...targets.ips, ...targets.subnets];
  return [
    ...(targets.any ? [{ kind: 'any' } as const] : []),
    ...(targets.allVms ? [group('vms')] : []),
    ...cidrs.map((cidr): Peer => ({ kind: 'address', cidr })),
    ...targets.tags.map(({ name, value }) => group('tag', name, ...(value === null ? [] : [value]))),
    ...targets.vms.map((uuid) => group('vm', uuid)),
  ];
}

function matchOf({ protocol, ports, types }: RuleContent): Match {
  switch (protocol) {
    case 'tcp':
    case 'udp': {
      if (ports.includes('all')) return { protocol, ports: null };
      const ranges = ports.flatMap((port) =>
        port === 'all'
          ? []
          : typeof port === 'object'
            ? [{ first: port.start, last: port.end }]
            : [{ first: Number(port), last: Number(port) }],
      );
      return { protocol, ports: mergedRanges(ranges) };
    }
    case 'icmp':
    case 'icmp6':
      return { protocol, types: types.length === 0 ? null : types };
    case 'ah':
    case 'esp':
      return { protocol };
  }
}

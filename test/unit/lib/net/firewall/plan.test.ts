// What nft is told when containers come, change and go: carried out on a small model of the kernel, which refuses what nft would.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Plan } from '#lib/net/firewall/plan.ts';
import { chainOf, groupSet } from '#lib/net/firewall/ruleset.ts';
import type { FilterLine, Guest } from '#lib/net/firewall/types.ts';
import { failureIn } from '#lib/net/nft-session.ts';

const DOCKER: FilterLine = {
  peer: { kind: 'group', key: 'docker' },
  match: { protocol: 'tcp', ports: null },
  allow: true,
};
const WEB: FilterLine = {
  peer: { kind: 'any' },
  match: { protocol: 'tcp', ports: [{ first: 80, last: 80 }] },
  allow: true,
};
const MAIL: FilterLine = {
  peer: { kind: 'group', key: 'vms' },
  match: { protocol: 'tcp', ports: [{ first: 25, last: 25 }] },
  allow: false,
};
const guest = (n: number, more: Partial<Guest> = {}): Guest => ({
  ips: [`10.0.0.${n}`],
  inbound: [DOCKER],
  outbound: [],
  groups: ['docker', 'vms'],
  ...more,
});

/** Sets (and maps) with their elements, chains with their rules. */
class Kernel {
  readonly sets = new Map<string, Map<string, string>>([
    ['in', new Map()],
    ['out', new Map()],
  ]);
  readonly chains = new Map<string, string[]>([['allowed', []]]);

  run(commands: string[]): void {
    for (const command of commands) this.#one(command);
  }

  #one(command: string): void {
    const [verb, what, , , name = '', ...rest] = command.split(' ');
    const text = rest.join(' ');
    switch (`${verb} ${what}`) {
      case 'add set':
        assert.ok(!this.sets.has(name), command);
        this.sets.set(name, new Map());
        break;
      case 'delete set':
        assert.ok(![...this.chains.values()].flat().some((rule) => rule.includes(`@${name}`)), command);
        assert.ok(this.sets.delete(name), command);
        break;
      case 'add chain':
        assert.ok(!this.chains.has(name), command);
        this.chains.set(name, []);
        break;
      case 'add rule':
        for (const [set] of [...text.matchAll(/g-[0-9a-f]+/g)]) assert.ok(this.sets.has(set), command);
        this.chains.get(name)!.push(text);
        break;
      case 'flush chain':
        this.chains.set(name, []);
        break;
      case 'delete chain':
        assert.ok(
          ![...this.sets.values()].some((set) => [...set.values()].some((v) => v.endsWith(name))),
          command,
        );
        assert.ok(this.chains.delete(name), command);
        break;
      case 'add element':
        for (const element of text.slice(2, -2).split(', ')) {
          const [key = '', value = ''] = element.split(' : ');
          if (value !== '') {
            assert.ok(!this.sets.get(name)!.has(key), command);
            assert.ok(this.chains.has(value.split(' ')[1]!), command);
          }
          this.sets.get(name)!.set(key, value);
        }
        break;
      case 'delete element':
        assert.ok(this.sets.get(name)!.delete(text.slice(2, -2)), command);
        break;
      default:
        assert.fail(command);
    }
  }

  members(set: string): string[] {
    return [...(this.sets.get(set)?.keys() ?? [])].sort();
  }
}

test('equal ways of filtering share a chain; a set holds whoever is in the group', () => {
  const plan = new Plan('br', 'ip');
  const kernel = new Kernel();
  kernel.run(plan.set('a', guest(1)));
  const second = plan.set('b', guest(2));
  assert.equal(second.length, 2);
  kernel.run(second);
  assert.deepEqual(kernel.members(groupSet('docker')), ['10.0.0.1', '10.0.0.2']);
  assert.deepEqual([...kernel.chains.keys()], ['allowed', chainOf('in', [DOCKER], 'ip').name]);
  kernel.run(plan.remove('a'));
  assert.deepEqual(kernel.members('in'), ['10.0.0.2']);
  kernel.run(plan.remove('b'));
  assert.deepEqual([kernel.chains.size, kernel.sets.size], [1, 2]);
  assert.deepEqual(plan.remove('b'), []);
});

test('a set that is asked for later begins with those who are in it', () => {
  const plan = new Plan('br', 'ip');
  const kernel = new Kernel();
  kernel.run(plan.set('a', guest(1)));
  kernel.run(plan.set('b', guest(2, { groups: [] })));
  kernel.run(plan.set('c', guest(3, { outbound: [MAIL] })));
  assert.deepEqual(kernel.members(groupSet('vms')), ['10.0.0.1', '10.0.0.3']);
  assert.equal(kernel.sets.get('out')?.get('10.0.0.3'), `jump ${chainOf('out', [MAIL], 'ip').name}`);
});

test('a guest that changes: rules, addresses, groups; none of it twice', () => {
  const plan = new Plan('br', 'ip');
  const kernel = new Kernel();
  kernel.run(plan.set('a', guest(1)));
  assert.deepEqual(plan.set('a', guest(1)), []);
  kernel.run(plan.set('a', guest(1, { inbound: [WEB, DOCKER] })));
  assert.equal(kernel.chains.has(chainOf('in', [DOCKER], 'ip').name), false);
  kernel.run(plan.set('a', guest(1, { ips: ['10.0.0.1', '10.1.0.1'], groups: ['vms'] })));
  assert.deepEqual(kernel.members('in'), ['10.0.0.1', '10.1.0.1']);
  assert.deepEqual(kernel.members(groupSet('docker')), []);
  kernel.run(plan.set('a', guest(1, { inbound: null })));
  assert.equal(kernel.sets.get('in')?.get('10.0.0.1'), 'goto allowed');
  kernel.run(plan.set('a', guest(1, { ips: [] })));
  assert.deepEqual(kernel.members('in'), []);
  kernel.run(plan.remove('a'));
  assert.deepEqual([kernel.chains.size, kernel.sets.size], [1, 2]);
});

test('a thousand random moves leave what a fresh start would make', () => {
  const lines = [DOCKER, WEB, MAIL];
  let seed = 7;
  const random = (below: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((seed / 2 ** 31) * below);
  };
  const some = <T>(all: T[]): T[] => all.filter(() => random(2) === 0);
  const plan = new Plan('br', 'ip');
  const kernel = new Kernel();
  const now = new Map<string, Guest>();
  for (let move = 0; move < 1000; move++) {
    const n = random(8);
    if (random(3) === 0) {
      kernel.run(plan.remove(`vm${n}`));
      now.delete(`vm${n}`);
      continue;
    }
    const groups = some(['docker', 'vms', 'x']);
    const each = guest(n, { inbound: random(5) ? some(lines) : null, outbound: some([MAIL, WEB]), groups });
    kernel.run(plan.set(`vm${n}`, each));
    now.set(`vm${n}`, each);
  }
  const fresh = new Kernel();
  const again = new Plan('br', 'ip');
  for (const [uuid, each] of now) fresh.run(again.set(uuid, each));
  const sorted = ({ sets, chains }: Kernel) => [
    [...sets].map(([name, set]) => [name, [...set].sort()]).sort(),
    [...chains].sort(),
  ];
  assert.deepEqual(sorted(kernel), sorted(fresh));
});

const HOSTILE: Guest[] = [
  guest(1, { ips: ['10.0.0.1 }; flush ruleset'] }),
  guest(1, { inbound: [{ ...WEB, peer: { kind: 'address', cidr: '10.0.0.0/8; flush ruleset' } }] }),
  guest(1, { inbound: [{ ...WEB, match: { protocol: 'tcp', ports: [{ first: Number.NaN, last: 1 }] } }] }),
  guest(1, { inbound: [{ ...WEB, match: { protocol: 'icmp', types: [{ type: 256, code: null }] } }] }),
];
for (const each of HOSTILE) {
  test(`refused before nft sees it: ${JSON.stringify(each).slice(0, 90)}`, () =>
    assert.throws(() => new Plan('br', 'ip').set('a', each), RangeError));
}

test('a failure is what nft says before the mark, without what is left of the mark before', () => {
  const mark = ['Error: No such file or directory', 'list chain ip none end-7', '                   ^^^^^'];
  assert.equal(failureIn(mark.join('\n'), 'end-7'), '');
  assert.equal(failureIn(['            ^^^^^', ...mark].join('\n'), 'end-7'), '');
  const failed = ['   ^^^^^', 'Error: Could not process rule: File exists', 'add element', '    ^^', ...mark];
  assert.equal(
    failureIn(failed.join('\n'), 'end-7'),
    'Error: Could not process rule: File exists\nadd element',
  );
});

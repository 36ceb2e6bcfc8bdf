// Names on networks that users make: by nslookup inside containers, over connect, rename, stop, kill -9, to the outside and back.
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { resolve } from 'node:path';
import { describe, it } from 'node:test';
import dnsPacket from 'dns-packet';
import { run, waitUntil } from '#test/harness/stack.ts';
import { suite } from '#test/harness/suite.ts';

const root = resolve(import.meta.dirname, '../../..');

describe('names', () => {
  const s = suite('names');
  const ok = (...args: string[]) => s.stack.ok(args);
  const start = (name: string, ...flags: string[]) =>
    ok('run', '-d', '--name', name, ...flags, 'busybox', 'sleep', '1000');
  const ipOn = (name: string, network: string) =>
    ok('inspect', '-f', `{{(index .NetworkSettings.Networks "${network}").IPAddress}}`, name);
  /** Addresses of a name, as a container finds them; [] for none. */
  const look = async (from: string, name: string): Promise<string[]> => {
    const { stdout } = await s.stack.docker(['exec', from, 'nslookup', '-type=a', name]);
    const answer = stdout.split('\n\n').slice(1).join('\n');
    return [...answer.matchAll(/^Address(?: \d+)?:\s+(\S+)/gm)].map(([, ip]) => ip!).sort();
  };

  it('name, id, aliases, network; the same alias of two; nothing on the standard network', async () => {
    await ok('network', 'create', 'n1');
    const id = await start('d1', '--network', 'n1', '--network-alias', 'base', '--hostname', 'host-d1');
    await start('d2', '--network', 'n1', '--network-alias', 'base');
    const [one, two] = [await ipOn('d1', 'n1'), await ipOn('d2', 'n1')];
    for (const name of ['d1', 'D1', 'd1.n1', id.slice(0, 12), 'host-d1'])
      assert.deepEqual(await look('d2', name), [one], name);
    assert.deepEqual(await look('d2', 'base'), [one, two].sort());
    assert.match(await ok('exec', 'd2', 'nslookup', one), /name = d1\.n1$/m);
    assert.equal((await s.stack.docker(['exec', 'd2', 'ping', '-c', '1', '-W', '2', 'base'])).code, 0);
    assert.match(
      await ok('exec', 'd2', 'cat', '/etc/resolv.conf'),
      /^nameserver 127\.0\.0\.11\n(search .*\n)?options (.* )?ndots:0$/m,
    );
    assert.equal(
      await ok(
        'run',
        '--rm',
        '--network',
        'n1',
        'busybox',
        'sh',
        '-c',
        'nslookup -type=a d1 | tail -2 | grep Address',
      ),
      `Address: ${one}`,
    );
    await start('d3');
    assert.deepEqual(await look('d3', 'd1'), []);
    assert.doesNotMatch(await ok('exec', 'd3', 'cat', '/etc/resolv.conf'), /127\.0\.0\.11/);
    await ok('rm', '-f', 'd1', 'd2', 'd3');
    await ok('network', 'rm', 'n1');
  });

  it('answers change at once: connect, disconnect, rename, stop, start', async () => {
    for (const network of ['n2', 'n3']) await ok('network', 'create', network);
    await start('e1', '--network', 'n2');
    await start('e2');
    await ok('network', 'connect', '--alias', 'late', 'n2', 'e2');
    assert.deepEqual(await look('e1', 'late'), [await ipOn('e2', 'n2')]);
    assert.deepEqual(await look('e2', 'e1'), [await ipOn('e1', 'n2')]);
    await ok('network', 'connect', 'n3', 'e2');
    assert.deepEqual(await look('e1', 'e2'), [await ipOn('e2', 'n2')]);
    await ok('network', 'disconnect', 'n2', 'e2');
    assert.deepEqual(await look('e1', 'late'), []);
    await ok('network', 'connect', 'n3', 'e1');
    assert.deepEqual(await look('e1', 'e2'), [await ipOn('e2', 'n3')]);
    await ok('rename', 'e2', 'e3');
    assert.deepEqual([await look('e1', 'e2'), await look('e1', 'e3')], [[], [await ipOn('e3', 'n3')]]);
    await ok('stop', '-t', '0', 'e3');
    assert.deepEqual(await look('e1', 'e3'), []);
    await ok('start', 'e3');
    assert.deepEqual(await look('e1', 'e3'), [await ipOn('e3', 'n3')]);
    await ok('rm', '-f', 'e1', 'e3');
    await ok('network', 'rm', 'n2', 'n3');
  });

  it('the rest goes to other servers, by UDP and TCP; not from internal networks', async () => {
    const gateway = await ok('network', 'inspect', '-f', '{{(index .IPAM.Config 0).Gateway}}', 'bridge');
    const upstream = createSocket('udp4');
    upstream.on('message', (message, from) => {
      const { id, questions } = dnsPacket.decode(message);
      const { name } = questions[0]!;
      const answers = [{ name, type: 'A', class: 'IN', ttl: 5, data: '192.0.2.123' }];
      upstream.send(
        dnsPacket.encode({ type: 'response', id, flags: 0, questions, answers }),
        from.port,
        from.address,
      );
    });
    await new Promise<void>((done) => upstream.bind(53, gateway, () => done()));
    await ok('network', 'create', 'n4');
    await ok('network', 'create', '--internal', 'n5');
    await start('g1', '--network', 'n4', '--dns', gateway);
    assert.deepEqual(await look('g1', 'outside.example'), ['192.0.2.123']);
    assert.deepEqual(await look('g1', 'g1'), [await ipOn('g1', 'n4')]);
    assert.equal(await overTcp('g1', 'g1'), await ipOn('g1', 'n4'));
    await start('g2', '--network', 'n5', '--dns', gateway);
    assert.deepEqual(await look('g2', 'outside.example'), []);
    assert.deepEqual(await look('g2', 'g2'), [await ipOn('g2', 'n5')]);
    upstream.close();
    await ok('rm', '-f', 'g1', 'g2');
    await ok('network', 'rm', 'n4', 'n5');
  });

  it('--add-host host-gateway leads to the machine', async () => {
    await ok('network', 'create', 'n6');
    const seen = await ok(
      'run',
      '--rm',
      '--network',
      'n6',
      '--add-host',
      'host.docker.internal:host-gateway',
      'busybox',
      'ping',
      '-c',
      '1',
      '-W',
      '2',
      'host.docker.internal',
    );
    assert.match(seen, /1 packets received/);
    await ok('network', 'rm', 'n6');
  });

  it("a neighbour does not reach a container's own loopback", async () => {
    await ok('network', 'create', 'n7');
    await ok(
      'run',
      '-d',
      '--name',
      'h1',
      '--network',
      'n7',
      'busybox',
      'sh',
      '-c',
      'mkdir /w; echo secret > /w/index.html; exec httpd -f -p 127.0.0.1:80 -h /w',
    );
    await waitUntil(
      'it serves',
      async () => (await s.stack.docker(['exec', 'h1', 'wget', '-qO-', 'http://127.0.0.1/'])).code === 0,
    );
    await start('h2', '--network', 'n7', '--privileged');
    const ip = await ipOn('h1', 'n7');
    const pid = await ok('inspect', '-f', '{{.State.Pid}}', 'h2');
    const within = (...command: string[]) => run('nsenter', [`--net=/proc/${pid}/ns/net`, ...command]);
    await within('nft', 'flush', 'ruleset');
    await within('ip', 'addr', 'del', '127.0.0.1/8', 'dev', 'lo');
    await within('ip', 'route', 'add', '127.0.0.1/32', 'via', ip);
    assert.equal((await within('timeout', '2', 'busybox', 'wget', '-qO-', 'http://127.0.0.1/')).stdout, '');
    await ok('rm', '-f', 'h1', 'h2');
    await ok('network', 'rm', 'n7');
  });

  it('kill -9 of CoaL: names are there again with it', async () => {
    await ok('network', 'create', 'n8');
    await start('k1', '--network', 'n8');
    await start('k2', '--network', 'n8');
    const ip = await ipOn('k2', 'n8');
    await s.stack.kill9('coal');
    await s.stack.start('coal');
    assert.deepEqual(await look('k1', 'k2'), [ip]);
    await ok('rm', '-f', 'k1', 'k2');
    await ok('network', 'rm', 'n8');
  });

  /** What a client does that was told of a cut answer. */
  async function overTcp(from: string, name: string): Promise<string> {
    const pid = await ok('inspect', '-f', '{{.State.Pid}}', from);
    const code = `
      import dnsPacket from 'dns-packet';
      import { connect } from 'node:net';
      const socket = connect(53, '127.0.0.11', () => socket.write(dnsPacket.streamEncode({ type: 'query', id: 7, flags: 256, questions: [{ type: 'A', name: '${name}' }] })));
      socket.once('data', (reply) => { console.log(dnsPacket.streamDecode(reply).answers[0].data); socket.destroy(); });
      setTimeout(() => process.exit(1), 3000).unref();`;
    const { stdout } = await run(
      'nsenter',
      [`--net=/proc/${pid}/ns/net`, process.execPath, '--input-type=module', '-e', code],
      { cwd: root },
    );
    return stdout.trim();
  }
});

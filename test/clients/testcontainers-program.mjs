// A user's test by testcontainers: runs where the package is installed; prints a line for each thing that went well.
import { get } from 'node:http';
import { argv, stdout } from 'node:process';
import { DockerComposeEnvironment, GenericContainer, Network, Wait } from 'testcontainers';

const busybox = () => new GenericContainer('busybox');
const page = (host, port) =>
  new Promise((resolve, reject) => {
    get({ host, port, agent: false }, async (res) => {
      let text = '';
      for await (const piece of res.setEncoding('utf8')) text += piece;
      resolve(text.trim());
    }).once('error', reject);
  });
const say = (...words) => stdout.write(`${words.join(' ')}\n`);

const PARTS = {
  async waits() {
    const web = await busybox()
      .withExposedPorts(80)
      .withCopyContentToContainer([{ content: 'hello', target: '/w/index.html' }])
      .withCommand(['httpd', '-f', '-p', '80', '-h', '/w'])
      .withWaitStrategy(Wait.forHttp('/', 80))
      .start();
    say('http', await page(web.getHost(), web.getMappedPort(80)));
    let size = 0;
    for await (const piece of await web.copyArchiveFromContainer('/w/index.html')) size += piece.length;
    say('copied', size % 512);
    await web.restart();
    say('restarted', await page(web.getHost(), web.getMappedPort(80)));
    await web.stop();
    const waits = {
      port: busybox().withExposedPorts(80).withCommand(['sh', '-c', 'sleep 1; exec httpd -f -p 80']),
      log: busybox()
        .withCommand(['sh', '-c', 'sleep 1; echo ready; exec sleep 99'])
        .withWaitStrategy(Wait.forLogMessage(/ready/)),
      health: busybox()
        .withCommand(['sh', '-c', 'sleep 1; touch /h; exec sleep 99'])
        .withHealthCheck({ test: ['CMD-SHELL', 'test -f /h'], interval: 300, timeout: 2000, retries: 30 })
        .withWaitStrategy(Wait.forHealthCheck()),
      shell: busybox()
        .withCommand(['sh', '-c', 'sleep 1; touch /h; exec sleep 99'])
        .withWaitStrategy(Wait.forSuccessfulCommand('test -f /h')),
      once: busybox().withCommand(['true']).withWaitStrategy(Wait.forOneShotStartup()),
    };
    await Promise.all(
      Object.entries(waits).map(async ([name, container]) => {
        await (await container.start()).stop();
        say('waited', name);
      }),
    );
  },

  async networks() {
    const network = await new Network().start();
    const serve = ['httpd', '-f', '-p', '80', '-h', '/etc'];
    const web = await busybox().withNetwork(network).withNetworkAliases('www').withCommand(serve).start();
    const other = await busybox().withNetwork(network).withCommand(['sleep', '99']).start();
    const { output } = await other.exec(['wget', '-qO-', 'http://www/hostname']);
    say('alias', output.trim() === web.getId().slice(0, 12));
    await Promise.all([web.stop(), other.stop()]);
    await network.stop();
    const reused = () => busybox().withCommand(['sleep', '99']).withReuse().start();
    const [first, second] = [await reused(), await reused()];
    say('reused', first.getId() === second.getId());
    await first.stop({ remove: true });
  },

  async compose([file]) {
    const dir = file.replace(/[^/]*$/, '');
    const up = await new DockerComposeEnvironment(dir, file.slice(dir.length))
      .withWaitStrategy('web-1', Wait.forHealthCheck())
      .up();
    const web = up.getContainer('web-1');
    say('composed', await page(web.getHost(), web.getMappedPort(80)));
    await up.down({ removeVolumes: true });
  },

  /** Ends by kill -9 only. */
  async leaves() {
    const network = await new Network().start();
    await busybox()
      .withNetwork(network)
      .withExposedPorts(80)
      .withCommand(['httpd', '-f', '-p', '80'])
      .start();
    await busybox().withCommand(['sleep', '999']).start();
    say('left');
    setInterval(() => undefined, 1000);
  },
};

const [part, ...rest] = argv.slice(2);
await PARTS[part](rest);

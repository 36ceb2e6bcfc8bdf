// ping, version, info, the version window, and what every other operation answers.
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { describe, it } from 'node:test';
import { suite } from '#test/harness/suite.ts';

describe('system', () => {
  const s = suite('system', { pull: false });

  function ask(
    method: string,
    path: string,
  ): Promise<{ status: number; headers: Record<string, unknown>; body: string }> {
    return new Promise((done, fail) => {
      const req = request({ socketPath: s.stack.socketPath, method, path }, (res) => {
        let body = '';
        res.on('data', (chunk) => {
          body += chunk;
        });
        res.on('end', () => done({ status: res.statusCode!, headers: res.headers, body }));
      });
      req.on('error', fail);
      req.end();
    });
  }

  for (const path of ['/_ping', '/v1.24/_ping', '/v1.55/_ping']) {
    it(`answers GET and HEAD ${path} with all headers`, async () => {
      for (const method of ['GET', 'HEAD']) {
        const r = await ask(method, path);
        assert.equal(r.status, 200);
        assert.equal(r.body, method === 'GET' ? 'OK' : '');
        assert.equal(r.headers['api-version'], '1.55');
        assert.equal(r.headers.ostype, 'linux');
        assert.equal(r.headers['docker-experimental'], 'false');
        assert.equal(r.headers['cache-control'], 'no-cache, no-store, must-revalidate');
        assert.equal(r.headers.swarm, 'inactive');
      }
    });
  }

  it('keeps to the window of versions', async () => {
    const old = await ask('GET', '/v1.12/version');
    assert.equal(old.status, 400);
    assert.deepEqual(JSON.parse(old.body), {
      message:
        'client version 1.12 is too old. Minimum supported API version is 1.24, please upgrade your client to a newer version',
    });
    const fresh = await ask('GET', '/v1.99/version');
    assert.equal(fresh.status, 400);
    assert.match(
      JSON.parse(fresh.body).message,
      /^client version 1\.99 is too new\. Maximum supported API version is 1\.55/,
    );
  });

  it('docker version and info work', async () => {
    assert.match(
      await s.stack.ok(['version', '--format', '{{.Server.APIVersion}} {{.Server.Os}}']),
      /^1\.55 linux$/,
    );
    assert.match(
      await s.stack.ok(['info', '--format', '{{.OSType}} {{.NCPU}} {{.Driver}}']),
      /^linux \d+ \S+$/,
    );
    for (const version of ['1.24', '1.40', '1.43', '1.50']) {
      assert.equal((await s.stack.docker(['ps'], { env: { DOCKER_API_VERSION: version } })).code, 0, version);
    }
  });

  it('says what is not built yet, and that swarm is off', async () => {
    const build = await ask('POST', '/v1.50/plugins/pull?remote=x');
    assert.equal(build.status, 501);
    assert.match(JSON.parse(build.body).message, / is not implemented yet by sdc-docker$/);
    const swarm = await ask('GET', '/v1.50/nodes');
    assert.equal(swarm.status, 503);
    assert.match(JSON.parse(swarm.body).message, /^This node is not a swarm manager/);
    const none = await ask('GET', '/v1.50/nosuchpage');
    assert.deepEqual([none.status, JSON.parse(none.body)], [404, { message: 'page not found' }]);
  });

  it('docker inspect of nothing says so', async () => {
    const r = await s.stack.docker(['inspect', 'nothing-here']);
    assert.equal(r.code, 1);
    assert.match(r.stderr, /[Nn]o such object: nothing-here/);
  });
});

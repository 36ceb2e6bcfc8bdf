// lib/registry/http.ts on real sockets: where redirects may lead, and what never goes along (CVE-2020-15157).
import assert from 'node:assert/strict';
import { after, before, beforeEach, it } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { bytesOf, createHttp, textOf } from '#lib/registry/http.ts';
import { type Answer, type Certificate, type OwnServer, ownServer, reply, selfSigned } from './own-server.ts';

const AUTH = { authorization: 'Bearer very-secret', 'X-Kept': 'yes' };
const http = createHttp();
let answer: Answer;
let elsewhere: Answer = (_asked, res) => reply(res, 200, 'elsewhere');
let tls: Certificate;
const servers: OwnServer[] = [];
let here: OwnServer;
let other: OwnServer;
let secure: OwnServer;
let secureOther: OwnServer;

before(async () => {
  tls = await selfSigned();
  here = await ownServer((asked, res) => answer(asked, res));
  other = await ownServer((asked, res) => elsewhere(asked, res), { address: '127.0.0.2' });
  secure = await ownServer((asked, res) => answer(asked, res), { tls });
  secureOther = await ownServer((asked, res) => elsewhere(asked, res), { tls, address: '127.0.0.2' });
  servers.push(here, other, secure, secureOther);
});
beforeEach(() => {
  for (const server of servers) server.asked.length = 0;
  elsewhere = (_asked, res) => reply(res, 200, 'elsewhere');
});
after(async () => {
  http.close();
  for (const server of servers) await server.close();
});

const redirect = (to: () => string, status = 307): void => {
  answer = (asked, res) =>
    asked.url === '/start' ? reply(res, status, '', { location: to() }) : reply(res, 200, 'arrived');
};
const get = (from: OwnServer, insecure: boolean) =>
  http.request(new URL('/start', from.url), { headers: AUTH, insecure });

it('on the same host credentials go along, by absolute and by relative locations', async () => {
  for (const to of ['/next?a=b', () => `${here.url}/next?a=b`]) {
    here.asked.length = 0;
    redirect(typeof to === 'string' ? () => to : to);
    assert.equal(await textOf(await get(here, false)), 'arrived');
    assert.deepEqual(
      here.asked.map(({ url, headers }) => [url, headers.authorization, headers['x-kept']]),
      [
        ['/start', 'Bearer very-secret', 'yes'],
        ['/next?a=b', 'Bearer very-secret', 'yes'],
      ],
    );
  }
});

for (const status of [301, 302, 303, 307, 308]) {
  it(`another host never sees the credentials (${status})`, async () => {
    redirect(() => `${other.url}/blob`, status);
    assert.equal(await textOf(await get(here, false)), 'elsewhere');
    assert.equal(other.asked.length, 1);
    assert.equal(other.asked[0]?.headers.authorization, undefined);
    assert.equal(other.asked[0]?.headers['x-kept'], 'yes');
  });
}

it('another port of the same address is another host', async () => {
  const neighbour = await ownServer((_asked, res) => reply(res, 200, 'neighbour'));
  try {
    redirect(() => `${neighbour.url}/x`);
    assert.equal(await textOf(await get(here, false)), 'neighbour');
    assert.equal(neighbour.asked[0]?.headers.authorization, undefined);
  } finally {
    await neighbour.close();
  }
});

it('credentials that were dropped do not come back on the way home', async () => {
  redirect(() => `${other.url}/away`);
  elsewhere = (_asked, res) => reply(res, 302, '', { location: `${here.url}/home` });
  assert.equal(await textOf(await get(here, false)), 'arrived');
  assert.deepEqual(
    here.asked.map(({ headers }) => headers.authorization),
    ['Bearer very-secret', undefined],
  );
});

it('a form with a refresh token is never sent on: a redirect is the answer', async () => {
  for (const to of [() => `${other.url}/token`, () => '/token']) {
    for (const status of [301, 302, 303, 307, 308]) {
      redirect(to, status);
      const form = { method: 'POST' as const, body: 'refresh_token=very-secret', insecure: false };
      const got = await http.request(new URL('/start', here.url), form);
      got.body.resume();
      assert.equal(got.status, status);
    }
  }
  assert.deepEqual(other.asked, []);
  assert.ok(here.asked.every(({ url }) => url === '/start'));
});

it('a circle ends', async () => {
  redirect(() => '/start');
  await assert.rejects(get(here, false), {
    kind: 'unreachable',
    message: `Get "${here.url}/start": stopped after 10 redirects`,
  });
  assert.equal(here.asked.length, 11);
});

it('a location that is no http is refused, a redirect without one is an answer', async () => {
  for (const to of ['file:///etc/passwd', 'ftp://127.0.0.1/', 'unix:/x']) {
    redirect(() => to);
    await assert.rejects(get(here, false), { kind: 'unreachable', message: /unsupported redirect$/ });
  }
  redirect(() => 'http://[broken');
  await assert.rejects(get(here, false), {
    name: 'RegistryError',
    kind: 'unreachable',
    message: /unsupported redirect$/,
  });
  answer = (_asked, res) => reply(res, 302, 'lost');
  const got = await get(here, false);
  assert.deepEqual([got.status, await textOf(got)], [302, 'lost']);
});

it('a certificate that nobody signed is refused, and accepted for an insecure registry', async () => {
  answer = (_asked, res) => reply(res, 200, 'hello');
  await assert.rejects(get(secure, false), {
    kind: 'unreachable',
    message: `Get "${secure.url}/start": tls: failed to verify certificate: x509: certificate signed by unknown authority`,
  });
  assert.deepEqual(secure.asked, [], 'no request before the certificate is known');
  assert.equal(await textOf(await get(secure, true)), 'hello');
});

it("an insecure registry's redirect to https elsewhere is verified, and from there nothing leads to plain http", async () => {
  redirect(() => `${secureOther.url}/x`);
  await assert.rejects(get(secure, true), { message: /certificate signed by unknown authority$/ });
  assert.deepEqual(secureOther.asked, []);
});

it('no way from https to http but for an insecure registry, and that trust is not handed on', async () => {
  redirect(() => `${other.url}/x`);
  assert.equal(await textOf(await get(secure, true)), 'elsewhere');
  assert.equal(other.asked[0]?.headers.authorization, undefined);

  const before = getCACertificates('default');
  setDefaultCACertificates([...before, tls.cert.toString()]);
  const fresh = createHttp();
  try {
    const refused = { kind: 'unreachable', message: /redirect from https to http refused$/ };
    await assert.rejects(fresh.request(new URL('/start', secure.url), { insecure: false }), refused);
    redirect(() => `${secureOther.url}/x`);
    elsewhere = (_asked, res) => reply(res, 302, '', { location: `${other.url}/y` });
    await assert.rejects(fresh.request(new URL('/start', secure.url), { insecure: true }), refused);
    assert.equal(secureOther.asked.length, 1);
  } finally {
    setDefaultCACertificates(before);
    fresh.close();
  }
});

it('a query never shows in an error: it may be a signature', async () => {
  redirect(() => `http://127.0.0.1:1/blob?X-Amz-Signature=very-secret`);
  await assert.rejects(get(here, false), (err: Error) => {
    assert.equal(
      err.message,
      'Get "http://127.0.0.1:1/blob": dial tcp 127.0.0.1:1: connect: connection refused',
    );
    return true;
  });
});

it('an abort ends the wait with its own reason, before and after the answer began', async () => {
  const reason = new Error('given up');
  const stop = new AbortController();
  answer = () => stop.abort(reason);
  await assert.rejects(
    http.request(new URL('/start', here.url), { insecure: false, signal: stop.signal }),
    reason,
  );

  const later = new AbortController();
  answer = (_asked, res) => void res.writeHead(200, { 'content-length': 100 }).write('begun');
  const got = await http.request(new URL('/start', here.url), { insecure: false, signal: later.signal });
  later.abort(reason);
  await assert.rejects(textOf(got));
});

it('an answer is read up to a limit', async () => {
  answer = (_asked, res) => reply(res, 200, 'x'.repeat(100_000));
  assert.equal((await textOf(await get(here, false))).length, 64 * 1024);
  await assert.rejects(
    bytesOf(await get(here, false), 99_999).then(() => undefined),
    {
      kind: 'invalid',
      message: "the registry's answer is larger than 99999 bytes",
    },
  );
  assert.equal((await bytesOf(await get(here, false), 100_000)).length, 100_000);
});

// The check for orphans reads addresses out of nft's own listing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressesIn } from '#tools/check/orphan-rules.ts';

test('addresses of containers, not of the machine nor of subnets', () => {
  const listing = `table ip sdct0-ports {
\tmap any {
\t\ttype inet_proto . inet_service : ipv4_addr . inet_service
\t\telements = { tcp . 8088 : 198.18.0.2 . 80, udp . 53 : 198.18.0.3 . 53 }
\t}

\tmap one {
\t\ttype ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service
\t\telements = { 127.0.0.1 . tcp . 80 : 198.18.0.4 . 80 }
\t}

\tset own {
\t\ttype ipv4_addr . inet_proto . inet_service
\t\telements = { 198.18.0.2 . tcp . 8088,
\t\t\t     198.18.0.5 . udp . 53 }
\t}

\tset neighbours {
\t\ttype ipv4_addr . ipv4_addr
\t\tflags interval
\t\telements = { 198.18.0.0/20 . 198.18.0.0/20 }
\t}
}
table ip sdct0-fw {
\tmap in {
\t\ttype ipv4_addr : verdict
\t\telements = { 198.18.0.6 : goto in-b2876d27c7c648cc }
\t}

\tset g-27df22f37b3b9b65 {
\t\ttype ipv4_addr
\t\telements = { 198.18.0.6, 198.18.0.7 }
\t}
}
`;
  assert.deepEqual(
    [...addressesIn(listing)].sort(),
    [2, 3, 4, 5, 6, 7].map((n) => `198.18.0.${n}`),
  );
});

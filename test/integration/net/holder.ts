// A program that holds namespaces of a bridge and is killed: arguments bridge, subnet, gateway, then one VM uuid per namespace.
import bunyan from 'bunyan';
import { createContainerNet } from '#lib/net/container-net.ts';
import { nicAt } from './own-net.ts';

const [bridge = '', subnet = '', gateway = '', ...uuids] = process.argv.slice(2);
const log = bunyan.createLogger({ name: 'holder', level: bunyan.FATAL + 1 });
const net = await createContainerNet({ bridge, subnet, gateway, mtu: 1500, poolSize: 2, log });
const paths: string[] = [];
for (const [i, uuid] of uuids.entries()) paths.push((await net.acquire(uuid, [nicAt(gateway, i + 1)])).path);
process.stdout.write(`${JSON.stringify(paths)}\n`);
setInterval(() => {}, 60_000);

// Bench rows of networks: one made and removed, a container on one, one with a published port, and a connect of a container that runs.
import type { Scenario, Side } from './scenarios.ts';

type Ok = (side: Side, ...args: string[]) => Promise<string>;

/** Ours and dockerd's own choice of subnet: both route on one machine, and neither takes what the other has. */
export function networks(ok: Ok): Scenario[] {
  const name = 'bench-net';
  const prepare = async (side: Side): Promise<void> => void (await ok(side, 'network', 'create', name));
  const cleanUp = async (side: Side): Promise<void> => void (await ok(side, 'network', 'rm', name));
  return [
    {
      name: 'network create, rm',
      bar: null,
      rounds: 8,
      run: async (side) => {
        await ok(side, 'network', 'create', 'bench-made');
        await ok(side, 'network', 'rm', 'bench-made');
      },
    },
    {
      name: 'run --rm --network NAME busybox true',
      bar: 0.5,
      rounds: 12,
      prepare,
      run: async (side) => void (await ok(side, 'run', '--rm', '--network', name, 'busybox', 'true')),
      cleanUp,
    },
    {
      name: 'run --rm -p PORT:80 busybox true',
      bar: 0.5,
      rounds: 12,
      run: async (side) => {
        const port = side.name === 'dockerd' ? '20501:80' : '20502:80';
        await ok(side, 'run', '--rm', '-p', port, 'busybox', 'true');
      },
    },
    {
      name: 'network connect',
      bar: null,
      rounds: 8,
      prepare,
      before: (side) => ok(side, 'run', '-d', 'busybox', 'sleep', '100000'),
      run: async (side, id) => void (await ok(side, 'network', 'connect', name, id)),
      after: async (side, id) => void (await ok(side, 'rm', '-f', id)),
      cleanUp,
    },
    {
      name: 'network disconnect',
      bar: null,
      rounds: 8,
      prepare,
      before: async (side) => {
        const id = await ok(side, 'run', '-d', 'busybox', 'sleep', '100000');
        await ok(side, 'network', 'connect', name, id);
        return id;
      },
      run: async (side, id) => void (await ok(side, 'network', 'disconnect', name, id)),
      after: async (side, id) => void (await ok(side, 'rm', '-f', id)),
      cleanUp,
    },
  ];
}

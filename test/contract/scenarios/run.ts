// docker run in its forms, by the CLI: output, exit code, texts.
import { remove, type Scenario } from './scenario.ts';

const RUN = ['run', '--rm', '--network', 'none'];

export const runScenarios: Scenario[] = [
  {
    name: 'docker run: exit codes and texts',
    async play(d) {
      const sh = (script: string, ...flags: string[]) =>
        d.cli(...RUN, ...flags, 'busybox', 'sh', '-c', script);
      return {
        zero: await sh('echo out; echo err >&2'),
        code: await sh('exit 42'),
        signal: await sh('kill -9 $$'),
        missing: await d.cli(...RUN, 'busybox', 'nosuch'),
        path: await d.cli(...RUN, 'busybox', '/no/such'),
        denied: await d.cli(...RUN, 'busybox', '/etc/passwd'),
        directory: await d.cli(...RUN, 'busybox', '/etc'),
        user: await d.cli(...RUN, '-u', 'nosuch', 'busybox', 'true'),
        noImage: await d.cli(...RUN, '--pull', 'never', 'nosuch', 'true'),
        badImage: await d.cli(...RUN, 'UPPER', 'true'),
        lowMemory: await sh('true', '-m', '1m'),
      };
    },
  },
  {
    name: 'docker run: what the process sees',
    async play(d) {
      const sh = (script: string, ...flags: string[]) =>
        d.cli(...RUN, ...flags, 'busybox', 'sh', '-c', script);
      return {
        env: await sh('env | sort', '-e', 'A=b', '-h', 'hh'),
        ttyEnv: await sh('env | sort', '-t', '-h', 'hh'),
        directory: await sh('pwd; ls -d $PWD', '-w', '/made/here'),
        user: await sh('id; echo $HOME', '-u', 'daemon'),
        ids: await sh('id', '-u', '1234:567'),
        groups: await sh('id', '--group-add', '33', '-u', 'daemon'),
        hostname: await sh('hostname; cat /etc/hostname; cat /etc/hosts', '-h', 'hh'),
        domain: await sh('cat /etc/hosts', '-h', 'hh', '--domainname', 'example.com'),
        hosts: await sh('cat /etc/hosts', '-h', 'hh', '--add-host', 'a:192.0.2.9'),
        entrypoint: await d.cli(...RUN, '--entrypoint', 'echo', 'busybox', 'a', 'b'),
        readOnly: await sh('touch /x', '--read-only'),
        tmpfs: await sh('touch /t/x; mount | grep " /t "', '--tmpfs', '/t:size=1m'),
        init: await sh('cat /proc/1/comm', '--init'),
        mounts: await sh("awk '{print $2, $3}' /proc/mounts | grep -v '^/ ' | sort"),
        devices: await sh("ls -l /dev | awk '{print $1, $NF}'"),
        capabilities: await sh('grep ^Cap /proc/self/status', '--cap-drop', 'ALL', '--cap-add', 'CHOWN'),
        seccomp: await sh('grep -E "Seccomp:|NoNewPrivs" /proc/self/status'),
        mtab: await sh('readlink /etc/mtab; wc -l /etc/mtab | grep -c "^0"'),
        umask: await sh('umask; ulimit -c; ls -ld /tmp /root | cut -c1-10'),
        stdin: await d.cliWith('hi\n', ...RUN, '-i', 'busybox', 'cat'),
        noStdin: await d.cliWith('hi\n', ...RUN, 'busybox', 'cat'),
      };
    },
  },
  {
    name: 'docker run -d, wait, logs, rm',
    async play(d) {
      const out = {
        run: await d.cli(
          'run',
          '-d',
          '--network',
          'none',
          '--name',
          'x1',
          'busybox',
          'sh',
          '-c',
          'echo x; exit 9',
        ),
        wait: await d.cli('wait', 'x1'),
        logs: await d.cli('logs', 'x1'),
        taken: await d.cli('run', '-d', '--name', 'x1', 'busybox'),
        start: await d.cli('start', '-a', 'x1'),
        rm: await d.cli('rm', 'x1'),
      };
      await remove(d, 'x1');
      return out;
    },
  },
];

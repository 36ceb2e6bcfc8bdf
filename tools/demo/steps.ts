// What the demo types, and which process it kills in between.

/** A shell line with the exit code it must have (0 when not said), or a kill -9. */
export type Step = { sh: string; code?: number } | { kill: 'daemon' | 'coal' | 'containerd' };

export const steps: Step[] = [
  {
    sh: 'docker version --format "client {{.Client.Version}}, server {{.Server.Version}}, API {{.Server.APIVersion}}"',
  },
  { sh: 'docker pull busybox' },
  { sh: 'docker images' },
  { sh: 'docker run --rm busybox echo hello' },
  { sh: 'docker run --rm busybox sh -c "exit 42"', code: 42 },
  { sh: 'docker run --rm busybox nosuch', code: 127 },
  { sh: 'echo hi | docker run --rm -i busybox cat' },
  { sh: 'docker run --rm -t busybox tty' },
  {
    sh: "docker run --rm -e A=1 -w /tmp -u 12:34 -h box --read-only --tmpfs /scratch -m 64m --init busybox sh -c 'echo $A $PWD $(id -u):$(id -g) $(hostname) $(cat /proc/1/comm)'",
  },
  { sh: 'docker run --rm busybox ip -4 addr show eth0 | grep inet' },
  {
    sh: 'docker run -d --name web --label tier=front busybox sh -c "i=0; while :; do i=\\$((i+1)); echo tick \\$i; sleep 0.1; done"',
  },
  { sh: 'docker run -d --name stubborn --restart always busybox sleep 100000' },
  { kill: 'daemon' },
  { sh: 'docker ps --format "{{.Names}} {{.Image}} {{.State}}"' },
  { sh: 'docker exec web echo from inside' },
  { kill: 'coal' },
  { sh: 'docker ps --format "{{.Names}} {{.Image}} {{.State}}" --filter label=tier=front' },
  { sh: 'docker logs --tail 2 web | sed "s/[0-9]*$/N/"' },
  { kill: 'containerd' },
  { sh: 'docker exec web sh -c "exit 7"', code: 7 },
  {
    sh: 'docker logs web | awk \'$2 != NR { print "line " NR " is " $0; bad=1 } END { if (!bad) print "every line from 1 on is there, in order" }\'',
  },
  { sh: 'docker kill web && docker wait web' },
  { sh: 'docker inspect -f "{{.State.Status}} {{.State.ExitCode}}" web' },
  { sh: 'docker start web && docker rename web www && docker restart -t 0 www' },
  { sh: 'docker stop -t 0 www stubborn' },
  {
    sh: 'docker events --since 60s --until $(($(date +%s)+1)) --filter container=www --format "{{.Action}}" | tail -8 | tr "\\n" " "',
  },
  { sh: 'docker rm www && docker rm -f stubborn && docker ps -a' },
  { sh: 'docker rmi busybox | head -1' },
];

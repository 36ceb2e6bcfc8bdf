// Texts that moby has reworded since 20.10: ours are the newest ones. Their text is brought up to date before it is compared.

export interface Reworded {
  old: RegExp;
  newest: string;
}

const INVALID_JSON = 'invalid JSON: ';

export const REWORDED: Reworded[] = [
  { old: /^dockerfile parse error line /, newest: 'dockerfile parse error on line ' },
  {
    old: /^failed to reach build target nosuch in Dockerfile$/,
    newest: 'target stage "nosuch" could not be found',
  },
  { old: /^Pool overlaps with other one/, newest: 'invalid pool request: $&' },
  { old: /^user specified configurations are not/, newest: 'user-specified configurations are not' },
  { old: /^invalid name: $/, newest: 'invalid name: name is empty' },
  {
    old: /user specified IP address is supported on user defined networks only/,
    newest:
      'invalid endpoint settings:\nuser-specified IP address is supported on user-defined networks only',
  },
  {
    old: /(?<=^docker: Error response from daemon: )(?=network nosuch not found|Address already in use|cannot create endpoint)/,
    newest: 'failed to set up container networking: ',
  },
  { old: /^Invalid filter '(is-task|nosuch|dangling|label!)/, newest: "invalid filter '$1" },
  {
    old: /^Invalid filter 'status=nosuch'$/,
    newest:
      "invalid filter 'status=nosuch': invalid value for state (nosuch): " +
      'must be one of created, running, paused, restarting, removing, exited, dead',
  },
  {
    old: /^Unrecognised filter value for health: nosuch$/,
    newest:
      "invalid filter 'health=nosuch': invalid value for health (nosuch): must be one of none, starting, healthy, unhealthy",
  },
  { old: /\bbad parameter: pathcannot be empty/, newest: 'bad parameter: path cannot be empty' },
  { old: /\blstat \/tmp\/sdct-dockerd-\w+\/data\/overlay2\/<id>\/merged\//, newest: 'lstat /' },
  {
    old: /\bError processing tar file\(exit status 1\): cannot overwrite (non-)?directory "(?:[^"]*\/)?([^"/]+)"/,
    newest: 'cannot overwrite $1directory "$2"',
  },
  {
    old: /\bdriver failed programming external connectivity on endpoint /,
    newest: 'failed to set up container networking: $&',
  },
  {
    old: /\bError starting userland proxy: listen tcp4 ([\d.]+:\d+): bind: /,
    newest: 'failed to bind host port for $1:<ip>:1/tcp: ',
  },
  { old: /: Empty string specified for ports\.$/, newest: ': empty string specified for ports' },
  { old: /: Invalid range specified for the Port: /, newest: ': invalid range specified for port: ' },
  { old: /^no such container nosuch$/, newest: 'No such container: nosuch' },
  { old: /\bInvalid signal: /, newest: 'invalid signal: ' },
  { old: /\bContainer (<id>) is not running/, newest: 'container $1 is not running' },
  { old: /^Container (<id>) is already paused$/, newest: 'container $1 is already paused' },
  {
    old: /^You cannot remove a paused container <id>\. Unpause and then stop the container before attempting removal or force remove$/,
    newest: 'cannot remove container "/pa2": container is paused and must be unpaused first',
  },
  { old: /\bCannot kill container: /, newest: 'cannot kill container: ' },
  { old: /The linux daemon does not support signal/, newest: 'the linux daemon does not support signal' },
  {
    old: /You cannot remove a running container <id>\. Stop the container before attempting removal or force remove/,
    newest:
      'cannot remove container "/d1": container is running: stop the container before removing or force remove',
  },
  { old: /\bfailed to create shim task:/, newest: 'failed to create task for container: $&' },
  { old: /\bNo command specified/, newest: 'no command specified' },
  { old: /^Config cannot be empty/, newest: 'config cannot be empty' },
  { old: /^can't join IPC of (?=container <id>: non-shareable)/, newest: 'failed to join IPC namespace: ' },
  { old: /^can't join IPC of container <id>: /, newest: 'failed to join IPC namespace: ' },
  { old: /^cannot join own network$/, newest: '$& namespace' },
  {
    old: /^cannot join network of a non running container: <id>$/,
    newest: 'cannot join network namespace of a non running container: container nss is created',
  },
  { old: /^Invalid network mode: /, newest: 'invalid network mode: ' },
  {
    old: /^Invalid isolation: "hyperv" - linux only supports 'default'$/,
    newest: "invalid isolation (hyperv): linux only supports 'default'",
  },
  {
    old: /^Invalid QoS settings: linux does not support configuration of maximum IOPs$/,
    newest: 'invalid option: QoS maximum IOPs configuration is not supported on linux',
  },
  { old: /^Unknown runtime specified nosuch$/, newest: 'unknown or invalid runtime name: nosuch' },
  {
    old: /^syslog-address should be in form proto:\/\/address, got x:\/\/h:1$/,
    newest: "unsupported scheme: 'x'",
  },
  {
    old: /^syslog-address should be in form proto:\/\/address, got (127\.0\.0\.1:<port>)$/,
    newest: 'parse "$1": first path segment in URL cannot contain colon',
  },
  {
    old: /^gelf-address should be in form proto:\/\/address, got http:\/\/h:1$/,
    newest: 'gelf: endpoint needs to be TCP or UDP',
  },
  {
    old: /^invalid fluentd-address x:\/\/h: strconv\.Atoi: parsing "\/\/h": invalid syntax$/,
    newest: "invalid fluentd-address (x://h): unsupported scheme: 'x'",
  },
  { old: /^failed to initialize logging driver: /, newest: 'failed to create task for container: $&' },
  { old: /^invalid tmpfs option \["nosuch" "1"\]$/, newest: 'invalid tmpfs option "nosuch"' },
  {
    old: /^invalid restart policy 'sometimes'$/,
    newest:
      "invalid restart policy: unknown policy 'sometimes'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'",
  },
  {
    old: /^maximum retry count cannot be used with restart policy 'always'$/,
    newest: "invalid restart policy: maximum retry count can only be used with 'on-failure'",
  },
  { old: /^maximum retry count cannot be negative$/, newest: 'invalid restart policy: $&' },
  { old: /^no such image: \S+: (No such image: |invalid reference)/, newest: '$1' },
  {
    old: /repository name must be lowercase(?=$|\n)/,
    newest: 'repository name (library/UPPER) must be lowercase',
  },
  {
    old: /^refusing to create a tag with a digest reference$/,
    newest: 'cannot import digest reference',
  },
  { old: /^json: cannot unmarshal \w+ into /, newest: `${INVALID_JSON}$&` },
  { old: /runconfig\.ContainerConfigWrapper$/, newest: 'container.CreateRequest' },
  { old: /ContainerConfigWrapper\.Tty /, newest: 'CreateRequest.Tty ' },
  { old: /HostConfig\.HostConfig\.Memory /, newest: 'CreateRequest.HostConfig.Memory ' },
  { old: /VolumeCreateBody\.Name /, newest: 'CreateOptions.Name ' },
  { old: /\bExecConfig\.Cmd /, newest: 'ExecCreateRequest.Cmd ' },
  { old: /^invalid character 'x' looking for beginning of value$/, newest: `${INVALID_JSON}$&` },
  { old: /^EOF$/, newest: `${INVALID_JSON}$&` },
  { old: /^unexpected EOF$/, newest: `${INVALID_JSON}$&` },
  {
    old: /^Content-Type specified \(\) must be .*/,
    newest: 'malformed Content-Type header (): mime: no media type',
  },
  {
    old: /^Content-Type specified \(text\/plain\) must be /,
    newest: 'unsupported Content-Type header (text/plain): must be ',
  },
];

/** A masked answer with today's words in every text. */
export function inNewestWords(value: unknown, seen: Set<RegExp>): unknown {
  if (typeof value === 'string') {
    return REWORDED.reduce((text, { old, newest }) => {
      if (old.test(text)) seen.add(old);
      return text.replace(old, newest);
    }, value);
  }
  if (Array.isArray(value)) return value.map((item) => inNewestWords(item, seen));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inNewestWords(item, seen)]));
}

// The differences from dockerd 20.10 that are meant, each with the reason. Anything else fails the contract test.

export interface Known {
  /** Matches '<scenario>: <path>: <theirs> | <ours>', both as JSON. */
  where: RegExp;
  why: string;
}

/** moby has changed it since, and ours is as the newest (29) does it. Only changed words are in newest-words.ts. */
const NEWEST: Known[] = [
  {
    where: /^Image(Commit|Build: .*): (image|changedImage|childImage)\.Config\.(Hostname|Image): ".*" \| ""$/,
    why: 'an image shows no settings of the container it was made of',
  },
  {
    where: /^Image(Commit|Build: RUN, .*): (badRepo|badTag|missing|badBody)\.status: 500 \| 400$/,
    why: 'what the client asks for is wrong, not the daemon',
  },
  {
    where: /^ImageBuild: what is told .*: history\[\d+\]\.CreatedBy: "[^|]*HEALTHCHECK &/,
    why: 'a check has a start interval as well',
  },
  {
    where: /^networks: made, .*: byLabel\.body\[0\]\.Containers: \{\} \| undefined$/,
    why: 'a list says nothing of containers',
  },
  {
    where: /^networks: joined .*: containers\.body\.IPAM\.Config\[0\]\.Gateway: undefined \| "/,
    why: 'a gateway that was chosen is shown as well',
  },
  {
    where: /^networks: a MAC address .*: created\.networks\.bridge\.MacAddress: "" \| "<mac>"$/,
    why: 'the address of the container is one of its main network, asked for there',
  },
  {
    where: /^networks: .*: (badType|noName|badLink)\.status: 500 \| 400$/,
    why: 'what the client asks for is wrong, not the daemon',
  },
  {
    where: /^networks: what is refused: overlay\.status: 500 \| 403$/,
    why: 'forbidden, as whatever else needs a swarm',
  },
  {
    where: /^ports: refused at create: (word|large|badIp)\./,
    why: 'ports and addresses are read along with the JSON',
  },
  {
    where: /^ports: in every state: host\.83\/tcp: null \| \[\{"HostIp":"","HostPort":""\}\]$/,
    why: 'a port without a binding gets one at create, not at start',
  },
  {
    where: /^ports: in every state: filter \S*\.status: 500 \| 400$/,
    why: 'what the client asks for is wrong, not the daemon',
  },
  {
    where:
      /^(PutContainerArchive: refusals: (out\.notDir|running|stopped)|ContainerArchive .*: readOnly)\.status: 500 \| 400$/,
    why: 'what the client asks for is wrong, not the daemon',
  },
  {
    where: /^PutContainerArchive: copyUIDGID: /,
    why: 'the user of a container is looked up in the container, and a number needs no look-up',
  },
  {
    where:
      /^ContainerArchive and .*: out\.\/x\/tofile\/\.get\.body\.message: "lstat \/x\/file\/.*" \| "lstat \/x\/tofile\/: /,
    why: 'the path is told as it was asked for',
  },
  {
    where: /\.(KernelMemory|KernelMemoryTCP): 0 \| undefined$/,
    why: 'the field is gone: no kernel has these limits any more',
  },
  {
    where:
      /\.MaskedPaths: \["\/proc\/asound".* \| \["\/proc\/acpi".*"\/proc\/interrupts".*powercap","\/sys\/firmware"\]$/,
    why: 'two more paths are masked, and all are in order',
  },
  {
    where:
      /\.Labels(: null \| \{"com\.docker\.volume\.anonymous":""\}|\.com\.docker\.volume\.anonymous: undefined \| "")$/,
    why: 'volumes that nobody named say so in a label',
  },
  {
    where: /^events: volumes: again: \[\{.*\}\] \| \[\]$/,
    why: 'a volume that is there already is not created again',
  },
  { where: /\.PortBindings: null \| \{\}$/, why: 'a map of none is {}' },
  { where: /\.RestartPolicy\.Name: "" \| "no"$/, why: 'no policy is said in words' },
  { where: /\.HostConfig\.NetworkMode: "default" \| "bridge"$/, why: 'default is resolved at create' },
  {
    where: /what the CLI sends: created\.body\.HostConfig\.ConsoleSize\[[01]\]: (24|80) \| 0$/,
    why: 'the size of a terminal at create is news of API 1.42',
  },
  {
    where: /an image and nothing else: created\.body\.HostConfig\.Runtime: undefined \| "runc"$/,
    why: 'a create without HostConfig gets the default runtime too',
  },
  {
    where: /\.NetworkSettings\.(SandboxID: "<id>"|SandboxKey: "[^"]*\/exec\/netns\/<short-id>") \| ""$/,
    why: 'a stopped container has no sandbox; a running one has its key on its compute node, see PLATFORM',
  },
  {
    where: /ContainerList: .*\.Networks\.none\.(DNSNames: undefined \| null|GwPriority: undefined \| 0)$/,
    why: 'fields of API 1.44 and 1.48, which dockerd too sends to older clients in lists',
  },
  { where: /ContainerWait.*\.Error: null \| undefined$/, why: 'no error is left out' },
  {
    where: /Container(Kill|Attach: stdin and its end): wait\.body\.Error: null \| undefined$/,
    why: 'the same',
  },
  {
    where:
      /ContainerWait.*\.bytes: "\w+\\r\\n\{\\"Error\\":null,(\\"StatusCode\\":\d+\})\\n[^|]* \| "\w+\\r\\n\{\1\\n/,
    why: 'the same, to the byte',
  },
  {
    where: /ContainerWait .*: bad\.(status: 200 \| 400|body\.(Error|StatusCode|message): .*)$/,
    why: 'an unknown condition is refused',
  },
  {
    where: /Container(Logs|Attach).*\.type: undefined \| "application\/vnd\.docker\.raw-stream"$/,
    why: 'logs say what they are',
  },
  {
    where: /^(events: .*|health: .*|docker run .*): .*Attributes\.execDuration: undefined \| "\d+"$/,
    why: 'die tells how long it ran',
  },
  {
    where: /^health: .*: slow\.Output: ".*\(500ms\)" \| ".*\(500ms\): slow\\n"$/,
    why: 'what a probe wrote before its time was up is kept',
  },
  {
    where: /exec: what cannot be run: (\w+\.inspect\.body\.ExitCode|cliMissing\.code): 126 \| 127$/,
    why: 'a command that is not there is 127 for exec too, as it was for run',
  },
  { where: /ExecStart .*: missingInspect\.body\.ExitCode: 126 \| 127$/, why: 'the same' },
  {
    where: /ContainerKill: (bad|zero)\.body\.message: "(.*)" \| "cannot kill container: k1: \2"$/,
    why: 'the text begins as for every other failure of kill',
  },
  {
    where:
      /ExecStart .*: again\.body: ".*Error: Exec command.*" \| ".*exec command <id> has already run\\r\\n"$/,
    why: 'the text of an exec that ran before has changed',
  },
  {
    where: /ContainerExec refusals: noBody\.body\.message: "got EOF .*" \| "No exec command specified"$/,
    why: 'no body is a body of nothing',
  },
  {
    where: /ContainerUpdate: listBody\.status: 500 \| 400$/,
    why: 'what the client asks for is wrong, not the daemon',
  },
  { where: /ContainerUpdate: noBody\.(status: 500 \| 200|body\.(Warnings|message): .*)$/, why: 'the same' },
  {
    where:
      /ContainerResize: negative\.(status: 200 \| 400|type: .*|body: "" \| \{"message":"invalid resize height.*)$/,
    why: 'a negative size is refused',
  },
  {
    where:
      /(ContainerResize|ExecResize): \w+\.body\.message: "strconv.* \| "invalid resize (height|width) .*$/,
    why: 'the text says which one',
  },
  {
    where:
      /refusals: (badDns|badIpc|badPid|badUts|badShares|longHostname)\.(status: 201 \| 400|body\.(Id|Warnings): .* \| undefined|body\.message: undefined \| ".*")$/,
    why: 'refused at create already',
  },
  {
    where:
      /docker run: what the process sees: (domain|hostname|hosts)\.stdout: .*fe00::0\\t.* \| .*fe00::\\t.*$/,
    why: '/etc/hosts writes the addresses in their short form',
  },
  {
    where: /docker run: what the process sees: mounts\.stdout: .*\/proc\/interrupts tmpfs/,
    why: 'one more masked path',
  },
  {
    where:
      /^namespaces: .*: out\.pidOfStopped\.(start\.body\.message|after\.state\[2\]): "(.*)" \| "failed to join PID namespace: \2"$/,
    why: 'the text says which namespace',
  },
  {
    where:
      /^namespaces: .*: out\.networkOfNobody\.(start\.body\.message|after\.state\[2\]): "(.*)" \| "joining network namespace of container: \2"$/,
    why: 'the same',
  },
  {
    where: /^namespaces: .*: out\.networkOfNobody\.start\.status: 404 \| 500$/,
    why: 'it is not the container to be started that is missing',
  },
  {
    where: /: bad(Since|Until)\.body\.message: .* \| "invalid value for .*"$/,
    why: 'the text says which parameter',
  },
  {
    where: /ContainerList: .*: (badExited|badPublish|notJson|notObject)\.body\.message: /,
    why: 'the text says which filter, not what its parser said',
  },
];

/** 20.10 says 500 where the client is wrong; the newest moby and we say 400, or 404 for what is not there. */
const CLIENTS_MISTAKES: Known[] = [
  'ImageTag and ImageDelete: (badRepo|badTag|noRepo)',
  '(ImagePrune|ContainerPrune): badUntil',
  'ContainerCreate refusals: (badBindMode|badIsolation|onlyMode|qos|relativeBind|rootBind|wrongHostType|wrongType)',
  'ContainerCreate refusals: badTmpfs\\.start',
  'ContainerCreate: bodies that are no object: (broken|empty|letter|list|text)',
  'ContainerStop: .*: badTimeout\\.stop',
  'volumes: refusals at create: (copyOfBind|empty|mode|propagation|relative|root|tooMany|twoModes)',
  'ContainerKill: number',
  'ContainerList: .*: (badBefore|badExited|badLimit|notJson|notObject)',
  '(ContainerLogs: since and until|events: filters and bad times): bad(Since|Until)',
].map((place) => ({
  where: new RegExp(`${place}\\.status: 500 \\| 40[04]$`),
  why: 'it is the client that is wrong',
}));

/** moby still says 500 here; ours says 400, as moby does for the same mistake elsewhere. */
const OUR_400: Known[] = [
  {
    where: /^confinement and devices: (badRealTime|badStorage|size)\.made\.status: 500 \| 400$/,
    why: 'as for every other option of create',
  },
  { where: /ContainerRestart: badTimeout\.status: 500 \| 400$/, why: 'as for stop' },
  { where: /ContainerExec refusals: badKeys\.status: 500 \| 400$/, why: 'as for attach' },
  {
    where: /ContainerCreate refusals: badSecurity\.status: 500 \| 400$/,
    why: 'as for every other option of create',
  },
  { where: /ContainerList: .*: badPublish\.status: 500 \| 400$/, why: 'as for every other filter' },
];

/** The platform: a container lives on a compute node of a datacenter, not on the daemon's own machine. */
const PLATFORM: Known[] = [
  {
    where: /ContainerTop: ps arguments: all\.-o lstart,pid\./,
    why: 'the process id is found by a column of our own, also behind words of another column: no process can make up a row',
  },
  { where: /\.(Driver|GraphDriver\.Name): "overlay2" \| "overlayfs"$/, why: "the node's snapshotter" },
  {
    where: /loses its names: .*(SpaceReclaimed: \d+ \| \d+|reclaimed: "\d+" \| "\d+")$/,
    why: "a layer's size is that of its plain tar, as IMGAPI knows it",
  },
  { where: /\.GraphDriver\.Data: \{.*\} \| null$/, why: 'directories of the node, as with any snapshotter' },
  {
    where: /\.(HostnamePath|HostsPath|ResolvConfPath|LogPath): "\/tmp\/[^"]*" \| ""$/,
    why: 'files of the node, which no client can read',
  },
  {
    where: /\.CgroupnsMode: "host" \| "private"$/,
    why: 'the cgroup version of the node is not known at create, so its default is that of v2; 20.10 runs on v1 here',
  },
  {
    where: /^namespaces: .*: out\.ports\.(before|after)\.name: "[^"]*" \| "<short-id>"$/,
    why: "the node's name is not known at create: a container in its network sees it, inspect shows the short id",
  },
  { where: /\.OomKillDisable: false \| null$/, why: 'null as on a v2 host, for the same reason' },
  {
    where:
      /\.(Source|Mountpoint): "\/tmp\/[^"]*\/data\/volumes\/([^"/]+)\/_data" \| "\/tmp\/[^"]*\/state\/volumes\/[0-9a-f-]+<short-id>\/_data"$/,
    why: "a volume's directory on the node is called by its uuid: two accounts may have the same name",
  },
  {
    where: /^VolumeCreate, .*: empty\.(status: 400 \| 201|body\.\w+: .*)$/,
    why: 'no body is a body of nothing here, for every operation',
  },
  {
    where:
      /^volumes: refusals at create: (overFile|readonlyAnonymous)\.(status: [45]00 \| 201|body(\.\w+)?: .*)$/,
    why: 'the newest moby takes an anonymous volume that is read-only, and leaves it to the start whether a volume can be mounted over a file',
  },
  {
    where: /^volumes: what containers mount: stays: 404 \| 200$/,
    why: '20.10 removes an anonymous volume that another container has by --volumes-from; ours stays while anybody uses it',
  },
  {
    where: /ContainerExec refusals: inspectStopped\.(status: 404 \| 200|body\.\w+: .*)$/,
    why: 'an exec can be inspected after its container has stopped: its client wants the exit code (10 minutes, as dockerd keeps others)',
  },
  {
    where: /(ContainerAttach|ExecStart).*\.headers\.connection: undefined \| "close"$/,
    why: "Node's server says that a body without a length ends with the connection",
  },
  {
    where:
      /ContainerAttach: .*: (badKeys|missing|missingUpgrade)\.bytes: "([^"\\]*)\\r\\n" \| "\{\\"message\\":\\"\2\\"\}\\n"$/,
    why: "dockerd has taken the connection over when it finds the error; ours is the API's own form of one",
  },
  {
    where: /ContainerAttach: .*: (badKeys|missing|missingUpgrade)\.headers\.content-type: .*$/,
    why: 'the same',
  },
  {
    where: /versions and paths .*: tooNew\.body\.message: .* is 1\.41" \| .* is 1\.55"$/,
    why: 'another newest version',
  },
  {
    where: /versions and paths .*: tooOld\.(body: "client version 1\.11 is too old.*|type: "text\/plain.*)$/,
    why: 'another oldest version; 20.10 has a text form for clients before 1.12',
  },
  {
    where: /^ids: .*: (slash\.status|twoSlashes): 301 \| 200$|^ids: .*: slash\.name: undefined \| "\/i1"$/,
    why: 'a doubled slash is served at once rather than redirected, which is lost on a POST',
  },
];

export const KNOWN: Known[] = [...NEWEST, ...CLIENTS_MISTAKES, ...OUR_400, ...PLATFORM];

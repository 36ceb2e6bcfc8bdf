#!/usr/bin/env bash
# Installs what is missing and nothing else. Usage: tools/set-up.sh run|check
# "run" is what serving needs; "check" adds what the tests need. A second run finds everything in place and installs nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
goal=${1:?run or check}

die() { echo "sdc-docker: $*" >&2; exit 1; }
say() { echo "sdc-docker: $*" >&2; }

[ "$(uname -s)" = Linux ] || die "CoaL needs Linux (this is $(uname -s)); run it in a Linux virtual machine"
[ "$(id -u)" = 0 ] || die "must be root: CoaL starts containers; try 'sudo make $goal'"

# command -> Debian package
needs=(containerd:containerd runc:runc ip:iproute2 nft:nftables tini:tini tar:tar fallocate:util-linux mkfifo:coreutils ps:procps perl:perl-base xz:xz-utils bzip2:bzip2)
node_is_new() { command -v node >/dev/null && [ "$(node -p 'process.versions.node.split(".")[0] >= 24' 2>/dev/null)" = true ]; }
command -v npm >/dev/null || needs+=(npm:npm)
if [ "$goal" = check ]; then
  needs+=(docker-registry:docker-registry skopeo:skopeo dockerd:docker.io git:git iptables:iptables zstd:zstd mmdebstrap:mmdebstrap docker-compose:docker-compose)
  command -v docker >/dev/null || needs+=(docker:docker.io)
  command -v docker >/dev/null && docker --version >/dev/null 2>&1 || needs+=(docker:docker-cli)
fi
missing=()
for need in "${needs[@]}"; do
  command -v "${need%%:*}" >/dev/null || { [ -x "/usr/sbin/${need%%:*}" ] || missing+=("${need##*:}"); }
done
if [ "$goal" = check ]; then
  [ -x /bin/busybox ] && [ -n "$(dpkg-query -W -f='${Version}' busybox-static 2>/dev/null)" ] || missing+=(busybox-static)
fi
# The Node that npm brings is linked with it, and nothing else here is.
node_is_new || /sbin/ldconfig -p | grep 'libatomic\.so\.1 ' >/dev/null || missing+=(libatomic1)
if [ ${#missing[@]} -gt 0 ]; then
  mapfile -t missing < <(printf '%s\n' "${missing[@]}" | sort -u)
  command -v apt-get >/dev/null || die "not installed: ${missing[*]}; there is no apt-get here (no Debian, no Ubuntu?): install them yourself"
  apt-get update -qq || die "apt-get update failed: is the network up?"
  wanted=()
  for package in "${missing[@]}"; do
    # docker-cli is a package of its own only in newer Debian; older ones ship it in docker.io.
    [ "$package" = docker-cli ] && ! apt-cache show docker-cli >/dev/null 2>&1 && package=docker.io
    wanted+=("$package")
  done
  say "installing Debian packages: ${wanted[*]}"
  # Packages that bring a service must not start it: CoaL runs its own containerd, the tests their own dockerd.
  made_policy=
  if [ ! -e /usr/sbin/policy-rc.d ]; then
    printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d; chmod 755 /usr/sbin/policy-rc.d; made_policy=1
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
  fi
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${wanted[@]}" >/dev/null \
    || die "apt-get could not install: ${wanted[*]}"
  [ -z "$made_policy" ] || { rm -f /usr/sbin/policy-rc.d; trap - EXIT; }
fi

if ! node_is_new && ! .node/node_modules/.bin/node --version >/dev/null 2>&1; then
  say "installing Node 26 into .node/ (this machine has $(node --version 2>/dev/null || echo none))"
  mkdir -p .node
  npm install --prefix .node --no-audit --no-fund --no-save --loglevel=error --foreground-scripts=false node@26.10.0 >/dev/null \
    || die "npm could not install node@26"
  # Newer npm does not run a package's install script by itself; this one only links the platform's binary.
  if [ ! -x .node/node_modules/.bin/node ] || ! .node/node_modules/.bin/node --version >/dev/null 2>&1; then
    (cd .node/node_modules/node && npm rebuild --foreground-scripts >/dev/null 2>&1 || node installArchSpecificPackage.js >/dev/null 2>&1) || true
  fi
  tools/node --version >/dev/null 2>&1 || die "Node 26 did not install into .node/; remove that folder and try again"
fi
if [ ! -e node_modules/.set-up ] || [ package-lock.json -nt node_modules/.set-up ]; then
  npm=(npm)
  # Debian 12's npm 9 cannot read a lock file in which something from git is overridden.
  if [ "$(npm --version | cut -d. -f1)" -lt 10 ]; then
    npm=(tools/node .node/npm/node_modules/npm/bin/npm-cli.js)
    if [ ! -e "${npm[1]}" ]; then
      say "installing npm 11 into .node/npm (this machine has $(npm --version))"
      mkdir -p .node/npm && npm install --prefix .node/npm --no-audit --no-fund --no-save --loglevel=error npm@11.19.1 >/dev/null || die "npm could not install npm@11"
    fi
  fi
  say "installing npm packages"
  "${npm[@]}" ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null || die "npm ci failed"
  touch node_modules/.set-up
fi
id sdc-docker >/dev/null 2>&1 || {
  say "adding the system user sdc-docker"
  useradd --system --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin sdc-docker
}

#!/bin/sh
# Ends the containers when the machine goes down, as systemd would: SIGTERM, and SIGKILL for those that take no notice. But after ten
# seconds, as dockerd's, and not a minute and a half, and before file systems are unmounted. They come up again by their restart
# policies: nobody stopped them by hand. After any other end of CoaL containers go on. First argument: coal.containerd.cgroupParent.
parent=${1:-sdc-docker}
[ "$(systemctl is-system-running)" = stopping ] || exit 0

processes() { cat $(find /sys/fs/cgroup -path "*/$parent/*" -name cgroup.procs 2>/dev/null) /dev/null 2>/dev/null | sort -u; }

kill -TERM $(processes) 2>/dev/null
tries=50
while [ $tries -gt 0 ] && [ -n "$(processes)" ]; do
  sleep 0.2
  tries=$((tries - 1))
done
kill -KILL $(processes) 2>/dev/null
exit 0

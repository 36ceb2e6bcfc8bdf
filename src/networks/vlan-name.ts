// The name of a VLAN that was made for a Docker network: by it, it is known as ours should nobody remember whether it was made.

/** Pure. */
export function vlanName(networkUuid: string): string {
  return `docker-${networkUuid}`;
}

/** The name in NAPI of the IPv6 half of a Docker network: one that no user gives. Pure. */
export function ipv6Name(networkUuid: string): string {
  return `docker-${networkUuid}-ipv6`;
}

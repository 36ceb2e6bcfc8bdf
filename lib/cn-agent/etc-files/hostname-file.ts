// Writes the text of a container's /etc/hostname.

/** The name and a line feed; dockerd writes the host part only, the domain stands in /etc/hosts. */
export function hostnameFile(hostname: string): string {
  return `${hostname}\n`;
}

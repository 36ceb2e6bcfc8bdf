// Changes single lines of a running container's /etc/hosts: what the container itself wrote there stays.

/** The text without the lines of the addresses in `gone`, and with `come` at its end. Pure. */
export function changeHosts(text: string, gone: string[], come: { ip: string; names: string }[]): string {
  const kept = text.split('\n').filter((line) => {
    const [ip = ''] = line.trim().split(/\s+/, 1);
    return ip === '' || !gone.includes(ip);
  });
  const body = kept.join('\n');
  const start = body === '' || body.endsWith('\n') ? body : `${body}\n`;
  return start + come.map(({ ip, names }) => `${ip}\t${names}\n`).join('');
}

// The labels that steer containerd's garbage collector.

/** Read by containerd: what carries it is never collected. Written on every snapshot and blob we make; the value is free. */
export const GC_ROOT_LABEL = 'containerd.io/gc.root';

/** The given labels plus the one that keeps the object until we delete it. */
export function keepLabels(labels: Record<string, string> = {}): Record<string, string> {
  return { [GC_ROOT_LABEL]: 'sdc-docker', ...labels };
}

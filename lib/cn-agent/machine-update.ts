// machine_update: takes over VMAPI's new record of a VM, and new limits and nics at once when it runs.
import { hasRestCode, TritonError } from '#lib/wire/errors.ts';
import { applyNics } from './apply-nics.ts';
import { askTask } from './ask-task.ts';
import { checkProcessors } from './check-processors.ts';
import { type Machine, withoutRunState } from './machine.ts';
import { type AgentNode, getMachine, vmNotFound } from './node.ts';
import { changedLimits, newDeviceLimits } from './oci-spec/changed-limits.ts';
import { dockerSettings } from './oci-spec/docker-settings.ts';
import { deviceNumbersOf } from './oci-spec/host-devices.ts';
import { isLimited } from './quota/quota.ts';
import { diskQuota } from './quota/vm-quota.ts';
import { dockerText } from './start-failure.ts';
import type { AgentTasks } from './types.ts';
import { limitLayer } from './writable-layer.ts';
import { writeZone } from './zone-files.ts';

/** What the agent knows of the run stays as it is, whatever the record says. Throws TritonError VmNotFound, VmNotStopped, LimitNotAvailable, LimitRefused. */
export async function machineUpdate(
  node: AgentNode,
  { vm, idle = false }: AgentTasks['machine_update']['params'],
): Promise<AgentTasks['machine_update']['result']> {
  const machine = getMachine(node, vm.uuid);
  await machine.lock.run(async () => {
    // Its folder may be gone since we asked for our turn.
    if (machine.destroying) throw vmNotFound(vm.uuid);
    if (idle && !isIdle(machine)) throw new TritonError('VmNotStopped', 409, `VM ${vm.uuid} is not stopped`);
    const before = machine.zone;
    const hostConfigOf = (of: typeof vm) => dockerSettings(of, before.image.config).hostConfig;
    await checkProcessors(hostConfigOf(vm), hostConfigOf(before.vm));
    machine.setZone({ ...before, vm: { ...withoutRunState(vm), server_uuid: node.serverUuid } });
    try {
      await applyLimits(node, machine, before.vm);
      await applyQuota(node, machine, before.vm);
      await applyFirewall(node, machine.zone.vm);
      await applyNics(node, machine, before.vm, machine.zone.vm);
      await writeZone(machine.zonePath, machine.zone);
    } catch (err) {
      const failed = machine.zone;
      machine.setZone(before);
      await applyNics(node, machine, failed.vm, before.vm);
      await applyFirewall(node, before.vm);
      throw err;
    }
  });
  return { vm: machine.view() };
}

function isIdle({ live, restartTimer, rebooting }: Machine): boolean {
  return live === null && restartTimer === null && rebooting === 0;
}

async function applyFirewall(node: AgentNode, vm: Machine['zone']['vm']): Promise<void> {
  if (node.firewall.isOpen(vm.uuid)) await node.firewall.open(vm);
}

/** A layer that was begun without a limit stays without: what is in it already would not count. */
async function applyQuota(node: AgentNode, machine: Machine, before: Machine['zone']['vm']): Promise<void> {
  const { zonePath, zone } = machine;
  const quotaOf = (vm: typeof before) => diskQuota(vm, dockerSettings(vm, zone.image.config).hostConfig);
  const quota = quotaOf(zone.vm);
  if (!node.diskQuotas || quota === quotaOf(before) || !(await isLimited(zonePath))) return;
  await limitLayer(zonePath, zone.rootfs, quota);
}

async function applyLimits(node: AgentNode, machine: Machine, before: Machine['zone']['vm']): Promise<void> {
  if (!machine.live) return;
  const { vm, image } = machine.zone;
  const [was, is] = [before, vm].map((of) => ({
    vm: of,
    hostConfig: dockerSettings(of, image.config).hostConfig,
  }));
  try {
    const deviceNumbers = await deviceNumbersOf(newDeviceLimits(is!.hostConfig, was!.hostConfig));
    const limits = changedLimits({ host: node.hostFacts, deviceNumbers }, was!, is!);
    if (limits === null) return;
    await askTask(node, machine.uuid, () => node.containerd.tasks.update(machine.uuid, limits));
  } catch (err) {
    // It has just ended: the next run begins with the new limits.
    if (hasRestCode(err, 'VmNotRunning')) return;
    const text = `Cannot update container ${dockerSettings(vm, image.config).id}: ${dockerText(err as Error, 'start')}`;
    throw new TritonError('LimitRefused', 500, text, [], err as Error);
  }
}

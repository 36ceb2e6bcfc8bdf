// What a container's log options mean on this node: how much output is kept, and the driver that sends it elsewhere.
import { hostname } from 'node:os';
import { detailAttributes, detailsText, extraAttributes } from '#lib/docker-vm/log/attributes.ts';
import { parseFluentdOptions } from '#lib/docker-vm/log/fluentd-options.ts';
import { parseGelfOptions } from '#lib/docker-vm/log/gelf-options.ts';
import { commandOf, type LogInfo, logConfigOf, logInfoOf } from '#lib/docker-vm/log/info.ts';
import { parseSyslogOptions } from '#lib/docker-vm/log/syslog-options.ts';
import { logTag } from '#lib/docker-vm/log/tag.ts';
import { isReadable, logWindow } from '#lib/docker-vm/log/window.ts';
import type { Vm } from '#lib/wire/types.ts';
import { FluentdDriver } from './fluentd.ts';
import { GelfDriver } from './gelf.ts';
import { JournaldDriver, journalFields, journalName } from './journald.ts';
import { SyslogDriver } from './syslog.ts';
import type { LogDriver } from './types.ts';

export interface LogPlan {
  /** Bytes of output to keep; null = all. */
  window: number | null;
  /** Somebody may read it later: what is sent is kept nevertheless. */
  readable: boolean;
  /** Not connected yet; null where output stays on this node. */
  driver: LogDriver | null;
}

/** For output that nobody has told how to treat. */
export const KEEP_ALL: LogPlan = { window: null, readable: true, driver: null };

/** The words in front of what is wrong with a driver, as dockerd has them. */
export const START_FAILURE = 'failed to create task for container: failed to initialize logging driver: ';

/** Throws Error in dockerd's words: values that are none, a driver that this node does not have. */
export function logPlanOf(vm: Vm): LogPlan {
  const { driver, config } = logConfigOf(vm);
  const zlogMaxSize = typeof vm.zlog_max_size === 'number' && vm.zlog_max_size > 0 ? vm.zlog_max_size : null;
  return {
    window: logWindow(driver, config, zlogMaxSize),
    readable: isReadable(driver, config),
    driver: makeDriver(driver, logInfoOf(vm)),
  };
}

/** What `docker logs --details` puts in front of each line. */
export function logDetailsOf(vm: Vm): string {
  return detailsText(detailAttributes(logInfoOf(vm), hostname()));
}

function makeDriver(name: string, info: LogInfo): LogDriver | null {
  const { Config: config } = info;
  const host = hostname();
  if (name === 'none') return null;
  if (name === 'json-file' || name === 'local') {
    // What --details will show is refused at the start if it cannot be made.
    extraAttributes(info);
    if (config.tag) logTag(info, host, '');
    return null;
  }
  if (name === 'syslog') {
    // Go's syslog calls a message without a tag by its own name.
    const tag = logTag(info, host) || 'dockerd';
    return new SyslogDriver(parseSyslogOptions(config), { hostname: host, tag, pid: process.pid });
  }
  if (name === 'gelf')
    return new GelfDriver(parseGelfOptions(config), { hostname: host, extra: gelfFields(info, host) });
  if (name === 'fluentd') {
    return new FluentdDriver(parseFluentdOptions(config), {
      tag: logTag(info, host),
      containerId: info.ContainerID,
      containerName: info.ContainerName,
      extra: extraAttributes(info),
    });
  }
  if (name === 'journald') {
    return new JournaldDriver(journalFields(info, logTag(info, host), extraAttributes(info, journalName)));
  }
  throw new Error(`failed to get logging factory: logger: no log driver named '${name}' is registered`);
}

function gelfFields(info: LogInfo, host: string): Record<string, string> {
  const fields = {
    _command: commandOf(info),
    _container_id: info.ContainerID,
    _container_name: info.ContainerName.replace(/^\//, ''),
    _created: info.ContainerCreated,
    _image_id: info.ContainerImageID,
    _image_name: info.ContainerImageName,
    _tag: logTag(info, host),
  };
  return { ...fields, ...extraAttributes(info, (key) => (key.startsWith('_') ? key : `_${key}`)) };
}

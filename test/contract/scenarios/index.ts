// Every scenario, room by room.
import { archiveScenarios } from './archive.ts';
import { attachScenarios } from './attach.ts';
import { buildScenarios } from './build.ts';
import { cpScenarios } from './cp.ts';
import { createScenarios } from './create.ts';
import { createRefusalScenarios } from './create-refusals.ts';
import { eventScenarios } from './events.ts';
import { execScenarios } from './exec.ts';
import { healthScenarios } from './health.ts';
import { imageConfigScenarios } from './image-config.ts';
import { imageScenarios } from './images.ts';
import { lifeScenarios } from './life.ts';
import { listScenarios } from './list.ts';
import { logScenarios } from './logs.ts';
import { missingScenarios } from './missing.ts';
import { nameScenarios } from './names.ts';
import { namespaceScenarios } from './namespaces.ts';
import { networkScenarios } from './networks.ts';
import { networkConfigScenarios } from './networks-config.ts';
import { networkIpv6Scenarios } from './networks-ipv6.ts';
import { pauseScenarios } from './pause.ts';
import { portScenarios } from './ports.ts';
import { removeScenarios } from './remove.ts';
import { runScenarios } from './run.ts';
import type { Scenario } from './scenario.ts';
import { statsScenarios } from './stats.ts';
import { systemScenarios } from './system.ts';
import { updateScenarios } from './update.ts';
import { volumeScenarios } from './volumes.ts';
import { waitScenarios } from './wait.ts';

export const scenarios: Scenario[] = [
  ...systemScenarios,
  ...imageScenarios,
  ...imageConfigScenarios,
  ...buildScenarios,
  ...createScenarios,
  ...createRefusalScenarios,
  ...lifeScenarios,
  ...pauseScenarios,
  ...networkScenarios,
  ...networkConfigScenarios,
  ...networkIpv6Scenarios,
  ...nameScenarios,
  ...statsScenarios,
  ...waitScenarios,
  ...removeScenarios,
  ...listScenarios,
  ...logScenarios,
  ...attachScenarios,
  ...execScenarios,
  ...updateScenarios,
  ...archiveScenarios,
  ...cpScenarios,
  ...eventScenarios,
  ...healthScenarios,
  ...portScenarios,
  ...namespaceScenarios,
  ...runScenarios,
  ...missingScenarios,
  ...volumeScenarios,
];

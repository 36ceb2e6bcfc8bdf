// Stop signal, timeout and the rest, from metadata and image.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readLifecycleSettings } from '#lib/cn-agent/lifecycle-settings.ts';
import { vmRecord } from './vm-record.ts';

const UUID = '5f3a1c00-0000-4000-8000-000000000001';

function settings(config: object | string, imageConfig: object = {}) {
  const json = typeof config === 'string' ? config : JSON.stringify(config);
  const image = { uuid: UUID, chainId: null, config: { config: imageConfig } };
  return readLifecycleSettings(vmRecord(UUID, { 'docker:config': json }), image);
}

describe('readLifecycleSettings', () => {
  it('has dockerd’s defaults', () => {
    const found = settings({});
    assert.deepEqual([found.stopSignal, found.ownStopSignal, found.stopTimeout], [15, false, 10]);
    assert.equal(found.restart.name, 'no');
    assert.equal(found.dockerId, UUID.replaceAll('-', ''));
  });

  it('takes the image’s stop signal, and the container’s before it', () => {
    assert.equal(settings({}, { StopSignal: 'SIGQUIT' }).stopSignal, 3);
    assert.equal(settings({ StopSignal: 'SIGINT' }, { StopSignal: 'SIGQUIT' }).stopSignal, 2);
    assert.equal(settings({ StopSignal: 'NONSENSE' }).stopSignal, 15);
  });

  it('gathers volumes of image and container', () => {
    assert.deepEqual(settings({ Volumes: { '/b': {} } }, { Volumes: { '/a': {} } }).volumes, ['/a', '/b']);
  });

  it('lives with broken JSON', () => assert.equal(settings('{').stopTimeout, 10));
});

// Images: list, inspect, history, tag, rmi, prune, pull.
import { create, filters, remove, type Scenario } from './scenario.ts';

export const imageScenarios: Scenario[] = [
  {
    name: 'ImageList, ImageInspect, ImageHistory',
    async play(d) {
      return {
        list: await d.api('GET', '/images/json'),
        all: await d.api('GET', '/images/json?all=1&digests=1'),
        reference: await d.api('GET', `/images/json?${filters({ reference: ['busy*'] })}`),
        noReference: await d.api('GET', `/images/json?${filters({ reference: ['nosuch*'] })}`),
        dangling: await d.api('GET', `/images/json?${filters({ dangling: ['true'] })}`),
        before: await d.api('GET', `/images/json?${filters({ before: ['busybox'] })}`),
        badBefore: await d.api('GET', `/images/json?${filters({ before: ['nosuch'] })}`),
        badFilter: await d.api('GET', `/images/json?${filters({ nosuch: ['x'] })}`),
        badDangling: await d.api('GET', `/images/json?${filters({ dangling: ['maybe'] })}`),
        inspect: await d.api('GET', '/images/busybox/json'),
        byLongName: await d.api('GET', '/images/docker.io/library/busybox:latest/json'),
        history: await d.api('GET', '/images/busybox/history'),
        cli: await d.cli('images', '--no-trunc', '--format', '{{.Repository}} {{.Tag}} {{.ID}}'),
      };
    },
  },
  {
    name: 'ImageInspect refusals',
    async play(d) {
      return {
        missing: await d.api('GET', '/images/nosuch/json'),
        missingTag: await d.api('GET', '/images/busybox:nosuch/json'),
        badName: await d.api('GET', '/images/UPPER/json'),
        missingDigest: await d.api('GET', `/images/busybox@sha256:${'0'.repeat(64)}/json`),
        history: await d.api('GET', '/images/nosuch/history'),
      };
    },
  },
  {
    name: 'ImageTag and ImageDelete',
    async play(d) {
      const tag = (query: string) => d.api('POST', `/images/busybox/tag?${query}`);
      const out = {
        tag: await tag('repo=contract&tag=1'),
        again: await tag('repo=contract&tag=1'),
        second: await tag('repo=contract&tag=2'),
        otherRepo: await tag('repo=localhost:5000/a/b'),
        badRepo: await tag('repo=UPPER'),
        badTag: await tag('repo=contract&tag=no%20tag'),
        noRepo: await tag(''),
        digest: await tag(`repo=x@sha256:${'0'.repeat(64)}`),
        sha256: await tag('repo=sha256'),
        missing: await d.api('POST', '/images/nosuch/tag?repo=x'),
        tags: await d.api('GET', '/images/busybox/json'),
        untag: await d.api('DELETE', '/images/contract:1'),
        untagAgain: await d.api('DELETE', '/images/contract:1'),
        untag2: await d.api('DELETE', '/images/contract:2'),
        untagOther: await d.api('DELETE', '/images/localhost:5000/a/b'),
        missingDelete: await d.api('DELETE', '/images/nosuch'),
        badDelete: await d.api('DELETE', '/images/UPPER'),
      };
      return out;
    },
  },
  {
    name: 'ImageDelete of one in use and of one with two names',
    async play(d) {
      const id = ((await d.api('GET', '/images/busybox/json')).body as { Id: string }).Id;
      await create(d, 'user');
      const used = await d.api('DELETE', '/images/busybox');
      const usedById = await d.api('DELETE', `/images/${id}`);
      await d.api('POST', '/containers/user/start');
      const running = await d.api('DELETE', '/images/busybox');
      const runningForced = await d.api('DELETE', `/images/${id}?force=1`);
      const cli = await d.cli('rmi', 'busybox');
      await remove(d, 'user');
      await d.api('POST', '/images/busybox/tag?repo=contract');
      const twoNames = await d.api('DELETE', `/images/${id}`);
      await d.api('DELETE', '/images/contract');
      return { used, usedById, running, runningForced, cli, twoNames };
    },
  },
  {
    name: 'ImageCreate: pull again, and what cannot be pulled',
    async play(d) {
      const pull = (query: string) => d.api('POST', `/images/create?${query}`);
      return {
        again: await pull('fromImage=busybox&tag=latest'),
        noTag: await pull(`fromImage=${d.registry}/library/busybox&tag=nosuch`),
        noRepo: await pull(`fromImage=${d.registry}/nosuch&tag=latest`),
        other: await pull(`fromImage=${d.registry}/library/busybox&tag=latest`),
        otherAgain: await d.cli('pull', `${d.registry}/library/busybox`),
        otherGone: await d.api('DELETE', `/images/${d.registry}/library/busybox`),
        noHost: await pull('fromImage=127.0.0.1:1/x&tag=latest'),
        badName: await pull('fromImage=UPPER&tag=latest'),
        badTag: await pull('fromImage=busybox&tag=no%20tag'),
        cliAgain: await d.cli('pull', 'busybox'),
        cliQuiet: await d.cli('pull', '-q', 'busybox'),
        cliNoTag: await d.cli('pull', `${d.registry}/library/busybox:nosuch`),
        cliBad: await d.cli('pull', 'UPPER'),
      };
    },
  },
  {
    name: 'ImageDelete and pull of it all',
    async play(d) {
      const removed = await d.api('DELETE', '/images/busybox');
      const gone = await d.api('GET', '/images/busybox/json');
      const pulled = await d.cli('pull', 'busybox');
      // Which of a layer's steps are shown depends on how long they took.
      const stdout = pulled.stdout.replace(/^.*: (Verifying Checksum|Downloading|Extracting).*\n/gm, '');
      return { removed, gone, pulled: { ...pulled, stdout } };
    },
  },
  {
    name: 'ImagePrune',
    async play(d) {
      return {
        nothing: await d.api('POST', '/images/prune'),
        badFilter: await d.api('POST', `/images/prune?${filters({ nosuch: ['x'] })}`),
        badUntil: await d.api('POST', `/images/prune?${filters({ until: ['x'] })}`),
        cli: await d.cli('image', 'prune', '-f'),
      };
    },
  },
];

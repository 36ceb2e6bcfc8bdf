// /proc texts as psinfo.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toPsinfo } from '#lib/cn-agent/machine-proc.ts';

const STAT =
  '4242 (a) b (c) S 4200 4242 4242 34816 4242 4194560 100 0 0 0 150 50 0 0 20 0 3 0 10000 2097152 256 18446744073709551615 1 1 0 0 0';
const STATUS = 'Name:\ta) b (c\nUid:\t1000\t1001\t1000\t1000\nGid:\t100\t101\t100\t100\n';

describe('toPsinfo', () => {
  const psinfo = toPsinfo({
    stat: STAT,
    status: STATUS,
    cmdline: 'sleep\x001000\x00',
    uptime: 200,
    bootTime: 1_000_000,
    memoryKib: 102_400,
  });

  it('reads numbers behind a name with brackets', () => {
    assert.equal(psinfo.pr_pid, 4242);
    assert.equal(psinfo.pr_ppid, 4200);
    assert.equal(psinfo.pr_fname, 'a) b (c');
    assert.equal(psinfo.pr_nlwp, 3);
  });

  it('gives real and effective ids, time, terminal and arguments', () => {
    assert.deepEqual([psinfo.pr_uid, psinfo.pr_euid, psinfo.pr_gid, psinfo.pr_egid], [1000, 1001, 100, 101]);
    assert.equal(psinfo.pr_time, 2);
    assert.equal(psinfo.pr_start, 1_000_100);
    assert.equal(psinfo.pr_pctcpu, 2);
    assert.equal(psinfo.pr_pctmem, 1);
    assert.equal(psinfo.pr_size, 2048);
    assert.equal(psinfo.pr_rssize, 1024);
    assert.equal(psinfo.pr_ttydev, 'pts/0');
    assert.equal(psinfo.pr_psargs, 'sleep 1000');
  });

  it('shows a process without arguments by its name in square brackets', () => {
    const bare = toPsinfo({
      stat: STAT,
      status: STATUS,
      cmdline: '',
      uptime: 200,
      bootTime: 0,
      memoryKib: 1,
    });
    assert.equal(bare.pr_psargs, '[a) b (c]');
  });
});

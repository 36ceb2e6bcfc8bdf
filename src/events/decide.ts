// Decides what has happened to a VM between the state that is remembered and the one just told, missed steps included. Pure.
//
//   remembered   now    evidence                          told
//   nothing      gone   made and destroyed unheard        create, (start, die,) destroy
//   nothing      any    made before this daemon's time    nothing, only remembered
//   nothing      down   new                               create
//   down         up                                       start (restart)
//   down         down   another exit time                 start, die: a run was missed
//   up           down                                     (oom) die (stop)
//   up           up     another start time                die (status unknown), start
//   up           up     other networks                    network disconnect, network connect
//   up           down   another start time                die (status unknown), start, die
//   up           gone                                     die, destroy
//   down         gone                                     destroy
import type { Vm } from '#lib/wire/types.ts';
import { exitCodeOf, startedAt } from '#src/vm/state.ts';
import { type Seen, snapshot, unstarted } from './seen.ts';
import { type EndedRun, KILLED_EXIT, LOST_EXIT, type Pending, type Step, Story } from './story.ts';

export interface Verdict {
  steps: Step[];
  /** What to remember from now on; null = the VM is gone. */
  seen: Seen | null;
  /** A start was tried and failed: restarts that wait for it wait in vain. */
  startFailed: boolean;
}

export interface Circumstances {
  /** A VM that is not remembered was made in this daemon's time, so its creation is news. */
  fresh: boolean;
  /** One that is gone and not remembered: its whole life was while nobody listened, and is told now. */
  missed?: boolean;
  pending: Pending;
}

const GONE = ['destroyed', 'failed'];

/** Gives at least one step, or none when `vm` is older than what is remembered. */
export function decide(
  prev: Seen | null,
  vm: Vm,
  { fresh, missed = false, pending }: Circumstances,
): Verdict {
  if (GONE.includes(vm.state)) return gone(prev ?? (missed ? unborn(vm) : null), vm, pending);
  const next = snapshot(vm, prev);
  if (next.phase === 'pre') return quiet('other', vm, next);
  const known = prev !== null && prev.phase !== 'pre';
  if (prev === null && !fresh) {
    return quiet(next.phase === 'down' && vm.exit_timestamp !== undefined ? 'exit' : 'other', vm, next);
  }
  const before = known ? prev : unstarted(next);
  if (isOutdated(before, next)) return { steps: [], seen: prev, startFailed: false };
  const story = new Story(next, pending);
  if (!known) story.created(vm);
  if (before.attributes.name !== next.attributes.name) story.renamed(vm, before.attributes.name ?? '');
  if (before.phase === 'up') fromUp(story, before, next, vm);
  else fromDown(story, before, next, vm, pending);
  if (story.steps.length === 0) story.other(vm);
  const startFailed = next.phase === 'down' && next.error !== '' && next.error !== before.error;
  return { steps: story.steps, seen: next, startFailed };
}

function fromDown(story: Story, before: Seen, next: Seen, vm: Vm, pending: Pending): void {
  if (next.phase === 'up') {
    story.booted(vm, next.paused);
  } else if (next.exited !== before.exited) {
    story.booted(asRunning(vm), false);
    story.exited(vm, lastRun(next, vm, next.oom));
  } else {
    if (next.oom && !before.oom) story.other(vm, 'oom');
    if (before.restarting && !next.restarting && pending.stops > 0) story.restartCancelled(vm);
  }
}

function fromUp(story: Story, before: Seen, next: Seen, vm: Vm): void {
  const otherRun = next.started !== before.started && before.started !== '';
  if (otherRun) story.exited(asExited(vm, LOST_EXIT, next.started), lostRun(before, next.started));
  if (next.phase === 'down') {
    if (otherRun) story.booted(asRunning(vm), false);
    story.exited(vm, lastRun(next, vm, next.oom && (otherRun || !before.oom)));
  } else if (otherRun) {
    story.booted(vm, next.paused);
  } else {
    if (next.oom && !before.oom) story.other(vm, 'oom');
    if (next.paused !== before.paused) story.other(vm, next.paused ? 'pause' : 'unpause');
    story.moved(vm, without(before.nets, next.nets), without(next.nets, before.nets));
  }
}

/** Those networks that are not among the others. */
function without(nets: Seen['nets'], others: Seen['nets']): Seen['nets'] {
  return nets.filter(([id]) => !others.some(([other]) => other === id));
}

function gone(known: Seen | null, vm: Vm, pending: Pending): Verdict {
  if (known === null || (known.phase === 'pre' && vm.state === 'failed')) return quiet('destroyed', vm, null);
  const isUntold = known.phase === 'pre';
  const prev = isUntold ? unstarted({ ...snapshot(vm, known), phase: 'down' }) : known;
  const story = new Story(prev, pending);
  if (isUntold) story.created(asNeverRun(vm));
  const exited = vm.exit_timestamp ?? '';
  const toldExit = exited !== '' && exited !== prev.exited;
  if (toldExit) {
    if (prev.phase === 'down') story.booted(asRunning(vm), false);
    story.exited(
      asExited(vm, exitCodeOf(vm), exited),
      lastRun({ started: startedAt(vm) ?? prev.started, exited }, vm, false),
    );
  } else if (prev.phase === 'up') {
    const end = vm.destroyed ?? vm.last_modified ?? '';
    story.exited(asExited(vm, KILLED_EXIT, end), { ...lostRun(prev, end), code: KILLED_EXIT });
  }
  story.destroyed(vm);
  return { steps: story.steps, seen: null, startFailed: false };
}

function quiet(kind: Step['kind'], vm: Vm, seen: Seen | null): Verdict {
  return { steps: [{ kind, vm, events: [] }], seen, startFailed: false };
}

/** The run it tells of is known to have ended: an item that came late. */
function isOutdated(before: Seen, next: Seen): boolean {
  return (
    before.phase === 'down' &&
    next.phase === 'up' &&
    next.started !== '' &&
    next.started === before.started &&
    Date.parse(before.exited) >= Date.parse(next.started)
  );
}

function lastRun(next: Pick<Seen, 'started' | 'exited'>, vm: Vm, oom: boolean): EndedRun {
  return { code: exitCodeOf(vm), started: next.started, exited: next.exited, oom };
}

function lostRun(before: Seen, exited: string): EndedRun {
  return { code: LOST_EXIT, started: before.started, exited, oom: false };
}

/** What would be remembered of a VM whose creation has not been told. */
function unborn(vm: Vm): Seen {
  return { ...unstarted(snapshot(vm, null)), phase: 'pre' };
}

/** The VM as it must have been when it was made. */
function asNeverRun(vm: Vm): Vm {
  const { exit_status: _status, exit_timestamp: _exit, destroyed: _destroyed, ...rest } = vm;
  return { ...(rest as Vm), destroyed: null, state: 'stopped', zone_state: 'installed' };
}

/** The VM as it must have been at an exit that was not told. */
function asExited(vm: Vm, code: number, at: string): Vm {
  const { boot_timestamp: _boot, pid: _pid, ...rest } = vm;
  return { ...(rest as Vm), state: 'stopped', zone_state: 'stopped', exit_status: code, exit_timestamp: at };
}

/** The VM as it must have been during a run that was not told. */
function asRunning(vm: Vm): Vm {
  const { exit_status: _status, exit_timestamp: _exit, ...rest } = vm;
  return { ...(rest as Vm), state: 'running', zone_state: 'running' };
}

// Whether the events of each container tell a life that is possible.
//
//   create ──► down ──start──► up ──die──► down ──destroy──► gone      pause and unpause only while up, in turn

export interface LifeEvent {
  Action: string;
  Actor: { ID: string };
}

interface Life {
  phase: 'unknown' | 'down' | 'up' | 'paused' | 'gone';
  actions: string[];
}

const NEXT: Readonly<Record<string, { from: Life['phase'][]; to: Life['phase'] }>> = {
  create: { from: ['unknown'], to: 'down' },
  start: { from: ['down'], to: 'up' },
  pause: { from: ['up'], to: 'paused' },
  unpause: { from: ['paused'], to: 'up' },
  die: { from: ['up', 'paused'], to: 'down' },
  destroy: { from: ['down'], to: 'gone' },
};

export interface Lives {
  /** In words: which container, what came when it could not. */
  impossible: string[];
  /** How often each action was told, by container. */
  counts: Map<string, Map<string, number>>;
  /** Everything told of a container, execs left out. */
  actions: Map<string, string[]>;
  /** Containers that were destroyed. */
  gone: Set<string>;
}

/** Pure. Events that are no steps of a life count, and are otherwise ignored. */
export function checkLives(events: readonly LifeEvent[]): Lives {
  const lives = new Map<string, Life>();
  const result: Lives = { impossible: [], counts: new Map(), actions: new Map(), gone: new Set() };
  for (const { Action, Actor } of events) {
    const life = lives.get(Actor.ID) ?? { phase: 'unknown', actions: [] };
    lives.set(Actor.ID, life);
    result.actions.set(Actor.ID, life.actions);
    const counts = result.counts.get(Actor.ID) ?? new Map<string, number>();
    result.counts.set(Actor.ID, counts.set(Action, (counts.get(Action) ?? 0) + 1));
    const step = NEXT[Action];
    if (!Action.startsWith('exec_')) life.actions.push(Action);
    if (step === undefined) continue;
    if (!step.from.includes(life.phase)) {
      result.impossible.push(
        `${Actor.ID.slice(0, 12)}: ${Action} when ${life.phase}: ${life.actions.join(' ')}`,
      );
    }
    life.phase = step.to;
    if (Action === 'destroy') result.gone.add(Actor.ID);
  }
  return result;
}

import type { Effect } from '../events.ts';
import { snapshotFileName } from '../snapshot/snapshot-name.ts';
import { Invariants } from './invariants.ts';
import { batchOf } from './records.ts';
import { type Message, type PlantedBug, SimNode, type SimWorld } from './sim-node.ts';
import { writeSnapshot } from './state.ts';

export interface ScriptOptions {
  readonly nodes: number;
  /** Defaults to all nodes. */
  readonly voters?: number[];
  /** Node 1 leads epoch 1 already, and everybody has the three records that begin it. */
  readonly isLed?: boolean;
  readonly autoJoin?: boolean;
  readonly bug?: PlantedBug;
}

/**
 * Runs a transcript: each line after `> ` is a command, and what the nodes then do follows it. Returns the
 * transcript as it really went, so that a test compares it with itself. The commands:
 *
 *   campaign N      node N's patience ends
 *   deliver         messages and syncs, in order, until there are no more
 *   deliver N > M   those from N to M, once each
 *   propose N text  node N appends a record, if it leads
 *   cut N / join N  messages from and to N are lost / arrive again
 *   crash N / start N
 *   move N PORT     N starts again at another port
 *   voters N        the voters that N knows, with their ports
 *   wait MS         time passes, and messages arrive without delay
 *   snapshot N      N writes a snapshot of what it has committed, and drops the log below
 *   resign N        N gives up leading
 *   add N M / remove N M   node N is asked to add / remove voter M
 *   show            role, epoch and log of all nodes
 */
export function runScript(options: ScriptOptions, transcript: string): string {
  const script = new Script(options);
  const commands = transcript.split('\n').filter((line) => line.trim().startsWith('>'));
  for (const command of commands) script.run(command.trim().slice(2));
  return script.transcript();
}

/** A transcript in a test, without its indentation. */
export function trimmed(transcript: string): string {
  const lines = transcript.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '').join('\n');
}

class Script implements SimWorld {
  readonly bug: PlantedBug | undefined;
  readonly #nodes: SimNode[];
  readonly #lines: string[] = [];
  readonly #cut = new Set<number>();
  readonly #invariants = new Invariants();
  #queue: ({ message: Message } | { sync: () => void })[] = [];
  #now = 0;
  #draws = 0;

  constructor({ nodes, voters, isLed, autoJoin, bug }: ScriptOptions) {
    const ids = Array.from({ length: nodes }, (_, index) => index + 1);
    this.bug = bug;
    this.#nodes = ids.map(
      (id) => new SimNode(id, { voters: voters ?? ids, nodes: ids, world: this, autoJoin }),
    );
    for (const node of this.#nodes) node.start();
    if (isLed === true) {
      this.run('campaign 1');
      this.run('deliver');
    }
    // How it came to this is no news.
    this.#lines.length = 0;
  }

  transcript(): string {
    return this.#lines.join('\n');
  }

  now(): number {
    return this.#now;
  }

  random(bound: number): number {
    this.#draws += 1;
    return (this.#draws * 373) % bound;
  }

  send(message: Message): void {
    this.#queue.push({ message });
  }

  syncing(node: SimNode, done: () => void): void {
    const { life } = node;
    const sync = (): void => {
      if (node.life === life && node.raft !== null) done();
    };
    this.#queue.push({ sync });
  }

  observe(node: SimNode, effect: Effect): void {
    const line = describe(effect);
    if (line !== null) this.#lines.push(`${node.id} ${line}`);
    this.#invariants.observe(node, effect, this.#nodes);
  }

  run(command: string): void {
    this.#lines.push(`> ${command}`);
    const [verb = '', first = '', ...rest] = command.split(' ');
    const node = this.#nodes[Number(first) - 1];
    switch (verb) {
      case 'deliver':
        this.#deliver(first === '' ? null : { from: Number(first), to: Number(rest[1]) });
        break;
      case 'wait':
        this.#wait(Number(first));
        break;
      case 'show':
        for (const each of this.#nodes) this.#lines.push(stateOf(each));
        break;
      default:
        if (node === undefined) throw new Error(`no such node: ${command}`);
        this.#runOn(node, verb, rest[0] ?? '');
    }
  }

  #runOn(node: SimNode, verb: string, argument: string): void {
    switch (verb) {
      case 'campaign':
        endPatience(node, this.#now);
        node.step({ type: 'tick' });
        break;
      case 'propose': {
        const epoch = node.raft?.epoch ?? 0;
        node.step({ type: 'propose', epoch, batches: [batchOf(argument)] });
        break;
      }
      case 'cut':
        this.#cut.add(node.id);
        break;
      case 'join':
        this.#cut.delete(node.id);
        break;
      case 'crash':
        node.crash();
        break;
      case 'start':
        node.start();
        break;
      case 'move':
        node.move(Number(argument));
        break;
      case 'voters':
        this.#lines.push(`${node.id} knows ${votersOf(node)}`);
        break;
      case 'snapshot':
        writeSnapshot(node, this.#now, true);
        break;
      case 'resign':
        node.step({ type: 'resign', epoch: node.raft?.epoch ?? 0 });
        break;
      case 'add':
        node.askToAdd(Number(argument));
        break;
      case 'remove':
        node.askToRemove(Number(argument));
        break;
      default:
        throw new Error(`unknown command ${verb}`);
    }
  }

  #deliver(only: { from: number; to: number } | null): void {
    const isMeant = ({ from, to }: Message): boolean =>
      only === null || (from === only.from && to === only.to);
    for (let round = 0; this.#queue.length > 0 && round < (only === null ? 1000 : 1); round++) {
      const queue = this.#queue;
      this.#queue = [];
      for (const item of queue) {
        if ('sync' in item) item.sync();
        else if (isMeant(item.message)) this.#arrive(item.message);
        else this.#queue.push(item);
      }
    }
  }

  #arrive(message: Message): void {
    if (this.#cut.has(message.from) || this.#cut.has(message.to)) return;
    this.#nodes[message.to - 1]?.receive(message);
  }

  #wait(ms: number): void {
    const end = this.#now + ms;
    this.#deliver(null);
    for (;;) {
      const deadlines = this.#nodes.map((n) => n.raft?.nextDeadline() ?? Number.POSITIVE_INFINITY);
      const next = Math.max(this.#now, Math.min(...deadlines));
      if (next > end) break;
      this.#now = next;
      for (const node of this.#nodes) {
        if ((node.raft?.nextDeadline() ?? Number.POSITIVE_INFINITY) <= next) {
          node.step({ type: 'tick' });
        }
      }
      this.#deliver(null);
    }
    this.#now = end;
  }
}

function endPatience({ raft }: SimNode, now: number): void {
  const role = raft?.quorum.role;
  if (role === undefined || role.name === 'leader') return;
  const patience = role.name === 'follower' ? 'fetchDeadline' : 'electionDeadline';
  Object.assign(role, { [patience]: now });
}

function describe(effect: Effect): string | null {
  switch (effect.type) {
    case 'became': {
      const leads = effect.role === 'follower' ? ` of ${effect.leaderId}` : '';
      return `became ${effect.role}${leads} in epoch ${effect.epoch}`;
    }
    case 'commit':
      return `committed all below ${effect.highWatermark}`;
    case 'truncate':
      return `truncated to ${effect.endOffset}`;
    case 'installSnapshot':
      return `installed ${snapshotFileName(effect.id)}`;
    case 'reply':
      return describeChange(effect);
    default:
      return null;
  }
}

function describeChange({ api, body }: Extract<Effect, { type: 'reply' }>): string | null {
  if (api !== 'AddRaftVoter' && api !== 'RemoveRaftVoter') return null;
  const { errorMessage } = body as { errorMessage: string | null };
  const verb = api === 'AddRaftVoter' ? 'addition' : 'removal';
  return errorMessage === null ? `accepted the ${verb}` : `refused the ${verb}: ${errorMessage}`;
}

function votersOf({ raft }: SimNode): string {
  const voters = raft?.quorum.voters.voters ?? [];
  return voters.map(({ id, endpoints }) => `${id} at ${endpoints[0]?.port}`).join(', ');
}

function stateOf(node: SimNode): string {
  const { raft, log, id } = node;
  const batches = log.batches.map((batch) => `${batch.baseOffset}@${batch.epoch}`);
  const content = [`from ${log.startOffset}`, ...batches].join(' ');
  if (raft === null) return `${id} is down: ${content}`;
  const voters = raft.quorum.voters.ids.join(',');
  return `${id} is ${raft.role} in epoch ${raft.epoch}, voters ${voters}: ${content}`;
}

import type { MetadataRecord } from '../records/metadata-record.ts';
import { NO_OP } from '../records/metadata-record.ts';
import { allocateProducerIds } from './allocate-producer-ids.ts';
import { alterClientQuotas } from './alter-client-quotas.ts';
import { alterConfigs, incrementalAlterConfigs } from './alter-config-requests.ts';
import { alterPartition } from './alter-partition.ts';
import { alterPartitionReassignments, listPartitionReassignments } from './alter-reassignments.ts';
import { alterScramCredentials } from './alter-scram-credentials.ts';
import { assignReplicasToDirs } from './assign-replicas-to-dirs.ts';
import { brokerHeartbeat } from './broker-heartbeat.ts';
import { fenceBroker } from './broker-transitions.ts';
import type { CommandOf, ControllerApi } from './commands.ts';
import { type ControllerParts, ControllerState } from './controller-state.ts';
import { createPartitions } from './create-partitions.ts';
import { createTopics } from './create-topics.ts';
import type { Decision, Moment } from './decision.ts';
import { deleteTopics } from './delete-topics.ts';
import {
  electLeaders,
  MAX_ELECTIONS_PER_PASS,
  preferredElections,
  uncleanElections,
} from './elect-leaders.ts';
import { registerBroker } from './register-broker.ts';
import { registerController } from './register-controller.ts';
import { unregisterBroker } from './unregister-broker.ts';
import { updateFeatures } from './update-features.ts';

type Decider<A extends ControllerApi> = (
  state: ControllerState,
  command: CommandOf<A>,
  at: Moment,
) => Decision<A>;

/** What the controller decides: one entry for each API. */
const deciders: { [A in ControllerApi]: Decider<A> } = {
  CreateTopics: (state, { request }) => createTopics(state, request),
  DeleteTopics: (state, { request, version }) => deleteTopics(state, request, version),
  CreatePartitions: (state, { request }) => createPartitions(state, request),
  AlterConfigs: (state, { request }) => alterConfigs(state, request),
  IncrementalAlterConfigs: (state, { request }) => incrementalAlterConfigs(state, request),
  BrokerRegistration: (state, { request }, at) => registerBroker(state, request, at),
  ControllerRegistration: (state, { request }) => registerController(state, request),
  BrokerHeartbeat: (state, { request }, at) => brokerHeartbeat(state, request, at),
  UnregisterBroker: (state, { request }) => unregisterBroker(state, request),
  AlterPartition: (state, { request, version }) => alterPartition(state, request, version),
  ElectLeaders: (state, { request }) => electLeaders(state, request),
  AlterPartitionReassignments: (state, { request }) => alterPartitionReassignments(state, request),
  ListPartitionReassignments: (state, { request }) => listPartitionReassignments(state, request),
  AssignReplicasToDirs: (state, { request }) => assignReplicasToDirs(state, request),
  UpdateFeatures: (state, { request, version }) => updateFeatures(state, request, version),
  AlterClientQuotas: (state, { request }) => alterClientQuotas(state, request),
  AlterUserScramCredentials: (state, { request }) => alterScramCredentials(state, request),
  AllocateProducerIds: (state, { request }) => allocateProducerIds(state, request),
};

/**
 * The active controller: decide → records → apply. Its state is ahead of what is committed, so that
 * the next command is decided on what the last one will have done; a controller that loses its
 * leadership is thrown away.
 */
export class Controller {
  readonly #state: ControllerState;
  readonly #rebalanceIntervalMs: number;
  readonly #maxIdleMs: number;
  #nextRebalanceMs: number;
  #nextNoOpMs: number;

  constructor(parts: ControllerParts, at: { now: number; offset: number }) {
    this.#state = new ControllerState(parts, at);
    const { config } = parts;
    const checkSeconds = config.getLong('leader.imbalance.check.interval.seconds');
    const rebalances = config.getBoolean('auto.leader.rebalance.enable');
    this.#rebalanceIntervalMs = rebalances ? checkSeconds * 1000 : Number.POSITIVE_INFINITY;
    this.#maxIdleMs = config.getInt('metadata.max.idle.interval.ms') || Number.POSITIVE_INFINITY;
    this.#nextRebalanceMs = at.now + this.#rebalanceIntervalMs;
    this.#nextNoOpMs = at.now + this.#maxIdleMs;
  }

  /** Decides; nothing but the liveness of brokers changes until the records are applied. */
  decide<A extends ControllerApi>(command: CommandOf<A>, at: Moment): Decision<A> {
    return deciders[command.api](this.#state, command, at);
  }

  /** The effect of a record that was decided here, at the offset that it has been given. */
  apply(record: MetadataRecord, offset: number): void {
    this.#state.apply(record, offset);
  }

  /**
   * What is due: one batch of records, possibly none; call again until none comes. Brokers are
   * fenced one at a time, each seeing what fencing the one before has done.
   */
  tick(now: number): readonly MetadataRecord[] {
    const expired = this.#state.sessions.takeExpired(now);
    if (expired !== undefined) {
      const { id, epoch } = expired;
      const broker = this.#state.broker(id);
      return broker?.epoch === epoch && !broker.fenced ? fenceBroker(this.#state, id, epoch) : [];
    }
    if (now >= this.#nextRebalanceMs) {
      const elections = [...preferredElections(this.#state), ...uncleanElections(this.#state)];
      const isAll = elections.length < MAX_ELECTIONS_PER_PASS;
      if (isAll) this.#nextRebalanceMs = now + this.#rebalanceIntervalMs;
      if (elections.length > 0) return elections;
    }
    return now >= this.#nextNoOpDue() ? [NO_OP] : [];
  }

  /** The metadata.version that records are written for. */
  get metadataVersion(): number {
    return this.#state.image.features.metadataVersion;
  }

  /** Records were appended: the log isn't idle. */
  appended(now: number): void {
    this.#nextNoOpMs = now + this.#maxIdleMs;
  }

  nextDeadline(): number {
    return Math.min(this.#state.sessions.nextExpiry(), this.#nextRebalanceMs, this.#nextNoOpDue());
  }

  /**
   * NoOp records (metadata.max.idle.interval.ms) let other nodes see how far behind they are. While
   * this node is alone there is nobody to tell, and an idle disk stays idle.
   */
  #nextNoOpDue(): number {
    return this.#state.hasOtherNodes() ? this.#nextNoOpMs : Number.POSITIVE_INFINITY;
  }
}

import type { LocalPersister } from '../share-state/local-persister.ts';
import type { MetadataDelta } from '@tidelog/metadata';
import {
  OFFSETS_TOPIC,
  SHARE_STATE_TOPIC,
  TRANSACTION_STATE_TOPIC,
} from '../config/internal-topics.ts';
import { coordinatorLog } from '../partition/coordinator-log.ts';
import type { Partition } from '../partition/partition.ts';
import type { BrokerServices } from '../services.ts';
import { shareStateLog } from '../share-state/share-state-log.ts';
import { topicsChange } from '../topics/topics-view.ts';

type Broker = Omit<BrokerServices, 'sharePersister'> & { readonly sharePersister: LocalPersister };

/** Who leads a partition of an internal topic coordinates what stands in it. */
export class Coordinators {
  readonly #broker: Broker;

  constructor(broker: Broker) {
    this.#broker = broker;
  }

  /** This broker leads the partition, or leads it in a new epoch. */
  elected(partition: Partition): void {
    const { sharing, groups, transactions, shareState, config } = this.#broker;
    sharing.partitions.resigned(partition);
    const { topic, index, leaderEpoch } = partition;
    if (topic === OFFSETS_TOPIC) {
      const timeoutMs = config.getInt('offsets.commit.timeout.ms');
      groups.elected(index, coordinatorLog(partition, timeoutMs));
    } else if (topic === TRANSACTION_STATE_TOPIC) {
      const timeoutMs = config.getInt('request.timeout.ms');
      transactions.elected(index, coordinatorLog(partition, timeoutMs), leaderEpoch);
    } else if (topic === SHARE_STATE_TOPIC) {
      const timeoutMs = config.getInt('share.coordinator.write.timeout.ms');
      shareState.elected(index, shareStateLog(partition, timeoutMs));
    }
  }

  /** This broker leads the partition no more. */
  resigned({ topic, index }: Partition): void {
    const { groups, transactions, shareState } = this.#broker;
    if (topic === OFFSETS_TOPIC) groups.resigned(index);
    else if (topic === TRANSACTION_STATE_TOPIC) transactions.resigned(index);
    else if (topic === SHARE_STATE_TOPIC) shareState.resigned(index);
  }

  /** Topics have come, gone or changed. */
  apply(delta: MetadataDelta): void {
    const { groups, shareState } = this.#broker;
    const changed = topicsChange(delta);
    if (changed !== null) groups.onTopicsChanged(changed);
    const deleted = [...delta.topics.values()].filter((topic) => topic.deleted);
    if (deleted.length === 0) return;
    const topics = deleted.map(({ topic }) => topic);
    groups.onTopicsDeleted(topics);
    shareState.onTopicsDeleted(topics);
  }

  /** Whoever waits for a coordinator is sent away. */
  close(): void {
    const { sharing, sharePersister, groups, transactions, shareState } = this.#broker;
    sharing.partitions.close();
    sharePersister.close();
    groups.close();
    transactions.close();
    shareState.close();
  }
}

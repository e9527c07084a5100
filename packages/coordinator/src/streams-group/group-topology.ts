import { errors } from '@tidelog/protocol';
import { topicsHash } from '../group/topics-hash.ts';
import type { Turn } from '../group/turn.ts';
import { type ConfiguredTopology, configureTopology } from './configured-topology.ts';
import { Refusal } from './refusal.ts';
import type { StreamsGroup } from './streams-group.ts';
import type { TaskList } from './tasks.ts';
import {
  requiredTopics,
  sameTopology,
  type SentTopology,
  type Topology,
  topologyOf,
} from './topology.ts';

/** The topology that a group runs, as this request leaves it. */
export interface GroupTopology {
  readonly topology: Topology;
  /** It is the group's first. */
  readonly isNew: boolean;
  readonly configured: ConfiguredTopology;
  readonly metadataHash: bigint;
}

/**
 * The group's topology, or the one that its first member brings, and what the topics make of it. It
 * is worked out anew when topics have changed. Nothing of the group changes.
 */
export function settleTopology(
  turn: Turn,
  group: StreamsGroup | undefined,
  sent: SentTopology | null,
): GroupTopology | Refusal {
  const topology = chooseTopology(group?.topology ?? null, sent);
  if (topology instanceof Refusal) return topology;
  const isNew = topology !== group?.topology;
  const known = isNew ? null : (group?.configured ?? null);
  if (known !== null && group!.checkedTopics === turn.table.topicChanges.version) {
    return { topology, isNew, configured: known, metadataHash: group!.metadataHash };
  }
  const metadataHash = topicsHash(turn, requiredTopics(topology));
  if (known !== null && metadataHash === group!.metadataHash) {
    return { topology, isNew, configured: known, metadataHash };
  }
  const configured = configureTopology(topology, turn.topics);
  if (configured instanceof Refusal) return configured;
  return { topology, isNew, configured, metadataHash };
}

/** Of one that is behind the group, the group's stays; another one than the group's is refused. */
function chooseTopology(present: Topology | null, sent: SentTopology | null): Topology | Refusal {
  if (sent === null) {
    return present ?? new Refusal(errors.UNKNOWN_SERVER_ERROR, 'the group has no topology');
  }
  const brought = topologyOf(sent);
  if (present === null) return brought;
  if (present.epoch > sent.epoch || sameTopology(present, brought)) return present;
  return new Refusal(errors.INVALID_REQUEST, 'Topology updates are not supported yet.');
}

/** Tasks that a member says it has must be of the topology, when that is known. */
export function checkTasks(
  { subtopologies, problem }: ConfiguredTopology,
  lists: readonly (readonly TaskList[] | null)[],
): Refusal | null {
  if (problem !== null || subtopologies === null) return null;
  const counts = new Map(subtopologies.map(({ id, taskCount }) => [id, taskCount]));
  for (const { subtopologyId, partitions } of lists.flatMap((list) => list ?? [])) {
    const count = counts.get(subtopologyId);
    if (count === undefined) {
      const message = `Subtopology ${subtopologyId} does not exist in the topology.`;
      return new Refusal(errors.INVALID_REQUEST, message);
    }
    const wrong = partitions.find((partition) => partition < 0 || partition >= count);
    if (wrong === undefined) continue;
    return new Refusal(
      errors.INVALID_REQUEST,
      `Task ${wrong} for subtopology ${subtopologyId} is invalid. Number of tasks for this ` +
        `subtopology: ${count}`,
    );
  }
  return null;
}

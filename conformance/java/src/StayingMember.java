import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.protocol.Errors;

/** A member of the consumer protocol that is nothing but its heartbeats, so that it can outlive its process. */
final class StayingMember {
    private static final short HEARTBEAT_VERSION = 1;
    private static final short COMMIT_VERSION = 10;
    private static final int LEAVING = -1;

    private final Wire wire;
    private final String group;
    private final Uuid topicId;
    private final String id;
    private final String instance;
    int epoch;
    Set<Integer> owned = new TreeSet<>();

    /** The group has the name of the only topic that it reads. */
    StayingMember(Wire wire, String group, Uuid topicId, String id, String instance) {
        this.wire = wire;
        this.group = group;
        this.topicId = topicId;
        this.id = id;
        this.instance = instance;
    }

    /** The broker of the turn before has given it an epoch and partitions; this one has to know both. */
    void goOn(MemberDescription before) throws Exception {
        epoch = before.memberEpoch().orElseThrow();
        owned = before.assignment().topicPartitions().stream().map(TopicPartition::partition).collect(Collectors.toCollection(TreeSet::new));
        int epochBefore = epoch;
        Set<Integer> ownedBefore = owned;
        heartbeat();
        Checks.equal(epochBefore, epoch, "epoch of " + id);
        Checks.equal(ownedBefore, owned, "partitions of " + id);
    }

    /** A full heartbeat: what it says it owns is what it was told last. */
    void heartbeat() throws Exception {
        var answer = send(epoch);
        epoch = answer.memberEpoch();
        if (answer.assignment() == null) return;
        owned = new TreeSet<>();
        answer.assignment().topicPartitions().forEach(topic -> owned.addAll(topic.partitions()));
    }

    void leave() throws Exception {
        send(LEAVING);
    }

    private ConsumerGroupHeartbeatResponseData send(int memberEpoch) throws Exception {
        var partitions = new ConsumerGroupHeartbeatRequestData.TopicPartitions().setTopicId(topicId).setPartitions(List.copyOf(owned));
        return (ConsumerGroupHeartbeatResponseData) wire.ask(HEARTBEAT_VERSION, new ConsumerGroupHeartbeatRequestData()
            .setGroupId(group).setMemberId(id).setInstanceId(instance).setMemberEpoch(memberEpoch).setRebalanceTimeoutMs(60_000)
            .setServerAssignor("uniform").setSubscribedTopicNames(List.of(group))
            .setTopicPartitions(owned.isEmpty() ? List.of() : List.of(partitions)), Set.of(Errors.NONE)).data();
    }

    void commit(long offset) throws Exception {
        var topic = new OffsetCommitRequestData.OffsetCommitRequestTopic().setTopicId(topicId).setPartitions(owned.stream()
            .map(p -> new OffsetCommitRequestData.OffsetCommitRequestPartition().setPartitionIndex(p).setCommittedOffset(offset + p)
                .setCommittedMetadata(id)).toList());
        wire.ask(COMMIT_VERSION, new OffsetCommitRequestData().setGroupId(group).setMemberId(id).setGroupInstanceId(instance)
            .setGenerationIdOrMemberEpoch(epoch).setTopics(List.of(topic)), Set.of(Errors.NONE));
    }
}

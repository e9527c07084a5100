import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ShareAcknowledgeRequestData;
import org.apache.kafka.common.message.ShareFetchRequestData;
import org.apache.kafka.common.message.ShareFetchResponseData;
import org.apache.kafka.common.message.ShareGroupHeartbeatRequestData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.Records;

/**
 * A member of a share group that asks for nothing on its own: the consumer fetches ahead, and what was
 * released just now is then delivered once more before it closes.
 */
final class ShareMember implements AutoCloseable {
    /** One record as it was delivered. */
    record Delivery(long offset, String value, int count) { }

    private static final short VERSION = 1;
    private static final int LEAVING = -1;
    /** Until the coordinator of the group has the partition's state made, there is none to fetch from. */
    private static final Set<Errors> NOT_YET =
        Set.of(Errors.NONE, Errors.UNKNOWN_SERVER_ERROR, Errors.COORDINATOR_NOT_AVAILABLE, Errors.UNKNOWN_TOPIC_OR_PARTITION);

    private final Wire wire;
    private final String group;
    private final Uuid topicId;
    private final String id = Uuid.randomUuid().toString();
    private int sessionEpoch;

    /** Joins the group, which has the name of the only topic that it reads, and that one partition. */
    ShareMember(Cluster cluster, String group) throws Exception {
        this.wire = new Wire(cluster.bootstrap);
        this.group = group;
        this.topicId = cluster.describe(group).topicId();
        heartbeat(0);
    }

    private void heartbeat(int epoch) throws Exception {
        wire.ask(VERSION, new ShareGroupHeartbeatRequestData().setGroupId(group).setMemberId(id).setMemberEpoch(epoch)
            .setSubscribedTopicNames(List.of(group)), Set.of(Errors.NONE));
    }

    /** Acquires records until there are that many. */
    List<Delivery> acquire(int count) throws Exception {
        Map<Long, Delivery> acquired = new TreeMap<>();
        Checks.until(count + " records are acquired", () -> {
            var partition = fetch();
            if (partition == null || partition.errorCode() != 0) return false;
            sessionEpoch++;
            if (partition.records() != null) add(partition, acquired);
            return acquired.size() >= count;
        });
        return List.copyOf(acquired.values());
    }

    private ShareFetchResponseData.PartitionData fetch() throws Exception {
        var partitions = new ShareFetchRequestData.FetchPartitionCollection();
        partitions.add(new ShareFetchRequestData.FetchPartition().setPartitionIndex(0));
        var topics = new ShareFetchRequestData.FetchTopicCollection();
        topics.add(new ShareFetchRequestData.FetchTopic().setTopicId(topicId).setPartitions(partitions));
        var response = wire.ask(VERSION, new ShareFetchRequestData().setGroupId(group).setMemberId(id).setShareSessionEpoch(sessionEpoch)
            .setMaxWaitMs(200).setMinBytes(1).setMaxBytes(1_000_000).setMaxRecords(500).setBatchSize(500).setTopics(topics), NOT_YET);
        var answers = ((ShareFetchResponseData) response.data()).responses();
        return answers.isEmpty() ? null : answers.find(topicId).partitions().get(0);
    }

    private static void add(ShareFetchResponseData.PartitionData partition, Map<Long, Delivery> acquired) {
        for (var range : partition.acquiredRecords()) {
            for (var record : ((Records) partition.records()).records()) {
                if (record.offset() < range.firstOffset() || record.offset() > range.lastOffset()) continue;
                byte[] value = new byte[record.valueSize()];
                record.value().get(value);
                acquired.put(record.offset(), new Delivery(record.offset(), Cluster.text(value), range.deliveryCount()));
            }
        }
    }

    /** Says of each record what became of it, in one request. */
    void acknowledge(Map<Delivery, AcknowledgeType> types) throws Exception {
        var batches = types.entrySet().stream().sorted(Comparator.comparing(entry -> entry.getKey().offset()))
            .map(entry -> new ShareAcknowledgeRequestData.AcknowledgementBatch().setFirstOffset(entry.getKey().offset())
                .setLastOffset(entry.getKey().offset()).setAcknowledgeTypes(List.of(entry.getValue().id))).toList();
        var partitions = new ShareAcknowledgeRequestData.AcknowledgePartitionCollection();
        partitions.add(new ShareAcknowledgeRequestData.AcknowledgePartition().setPartitionIndex(0).setAcknowledgementBatches(batches));
        var topics = new ShareAcknowledgeRequestData.AcknowledgeTopicCollection();
        topics.add(new ShareAcknowledgeRequestData.AcknowledgeTopic().setTopicId(topicId).setPartitions(partitions));
        wire.ask(VERSION, new ShareAcknowledgeRequestData().setGroupId(group).setMemberId(id).setShareSessionEpoch(sessionEpoch++)
            .setTopics(topics), Set.of(Errors.NONE));
    }

    /** Leaves the group. */
    @Override
    public void close() throws Exception {
        heartbeat(LEAVING);
        wire.close();
    }
}

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.quota.ClientQuotaFilter;

/** Everything that clients can see of a broker's directory, as comparable lines of text. */
final class Image {
    /** How the lines begin. */
    static final List<String> KINDS = List.of("cluster", "topics", "configs", "records", "groups", "producers", "transactions");

    private final Cluster cluster;
    private final List<String> lines = new ArrayList<>();
    private final Set<String> compacted = new HashSet<>();

    Image(Cluster cluster) {
        this.cluster = cluster;
    }

    List<String> lines() throws Exception {
        lines.add("cluster " + cluster.admin.describeCluster().clusterId().get());
        lines.add("cluster features " + new TreeMap<>(cluster.admin.describeFeatures().featureMetadata().get().finalizedFeatures()));
        List<String> topics = cluster.admin.listTopics().names().get().stream().filter(t -> t.startsWith(cluster.name(""))).sorted().toList();
        List<TopicPartition> partitions = new ArrayList<>();
        for (var topic : cluster.admin.describeTopics(topics).allTopicNames().get().values()) {
            lines.add("topics " + topic.name() + " " + topic.topicId() + " with " + topic.partitions().size());
            partitions.addAll(Cluster.partitions(topic.name(), topic.partitions().size()));
        }
        for (String topic : topics) configs(new ConfigResource(ConfigResource.Type.TOPIC, topic));
        configs(new ConfigResource(ConfigResource.Type.BROKER, "1"));
        quotasAndCredentials();
        TopicPartition transactional = new TopicPartition(cluster.name("transactions"), 0);
        for (TopicPartition partition : partitions) {
            if (compacted.contains(partition.topic())) latest(partition);
            else if (!partition.equals(transactional)) records(partition);
        }
        transactions(transactional);
        groups();
        producers(partitions);
        lines.sort(null);
        return lines;
    }

    private void configs(ConfigResource resource) throws Exception {
        var entries = cluster.admin.describeConfigs(List.of(resource)).all().get().get(resource).entries();
        String set = entries.stream().filter(e -> e.source().name().startsWith("DYNAMIC"))
            .map(e -> e.name() + "=" + e.value() + " (" + e.source() + ")").sorted().collect(Collectors.joining(", "));
        lines.add("configs " + resource.name() + ": " + set);
        if (set.contains("cleanup.policy=compact")) compacted.add(resource.name());
    }

    private void quotasAndCredentials() throws Exception {
        cluster.admin.describeClientQuotas(ClientQuotaFilter.all()).entities().get().forEach((entity, quotas) ->
            lines.add("configs quotas of " + new TreeMap<>(entity.entries()) + ": " + new TreeMap<>(quotas)));
        cluster.admin.describeUserScramCredentials().all().get().forEach((user, description) ->
            lines.add("configs credentials of " + user + ": " + description.credentialInfos()));
    }

    private long offset(TopicPartition partition, OffsetSpec spec) throws Exception {
        return cluster.admin.listOffsets(Map.of(partition, spec)).all().get().get(partition).offset();
    }

    private void records(TopicPartition partition) throws Exception {
        long start = offset(partition, OffsetSpec.earliest());
        long end = offset(partition, OffsetSpec.latest());
        long newest = offset(partition, OffsetSpec.maxTimestamp());
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        for (var record : cluster.records(partition, "read_uncommitted")) add(digest, record);
        lines.add("records " + partition + " " + start + " to " + end + ", newest " + newest + ", "
            + HexFormat.of().formatHex(digest.digest(), 0, 8));
    }

    /** A cleaner may be at work: what counts is the last record of each key. */
    private void latest(TopicPartition partition) throws Exception {
        var latest = cluster.latest(partition);
        lines.add("records " + partition + " up to " + offset(partition, OffsetSpec.latest()) + ", " + latest.size() + " keys, hash "
            + latest.hashCode());
    }

    private void transactions(TopicPartition partition) throws Exception {
        for (String isolation : List.of("read_committed", "read_uncommitted")) {
            List<String> values = cluster.values(partition, isolation);
            lines.add("transactions " + isolation + " " + values.size() + " records, hash " + values.hashCode());
        }
        var stable = new ListOffsetsOptions(IsolationLevel.READ_COMMITTED);
        long end = cluster.admin.listOffsets(Map.of(partition, OffsetSpec.latest()), stable).all().get().get(partition).offset();
        lines.add("transactions stable up to " + end + " of " + offset(partition, OffsetSpec.latest()));
        cluster.admin.describeProducers(List.of(partition)).all().get().get(partition).activeProducers().forEach(p -> lines.add(
            "transactions of " + p.producerId() + "/" + p.producerEpoch() + " began at " + p.currentTransactionStartOffset()));
        for (String open : openTransactions(cluster)) lines.add("transactions " + open);
    }

    /** Those whose end has not been decided, or not been written everywhere. */
    static List<String> openTransactions(Cluster cluster) throws Exception {
        return cluster.admin.listTransactions().all().get().stream()
            .filter(listing -> !Set.of("CompleteCommit", "CompleteAbort", "Empty").contains(listing.state().toString()))
            .map(listing -> listing.transactionalId() + " " + listing.state()).sorted().toList();
    }

    private static void add(MessageDigest digest, ConsumerRecord<byte[], byte[]> record) {
        digest.update(ByteBuffer.allocate(17).putLong(record.offset()).putLong(record.timestamp())
            .put((byte) record.timestampType().id).flip());
        add(digest, record.key());
        add(digest, record.value());
        for (var header : record.headers()) {
            add(digest, Cluster.bytes(header.key()));
            add(digest, header.value());
        }
    }

    private static void add(MessageDigest digest, byte[] bytes) {
        digest.update(ByteBuffer.allocate(4).putInt(bytes == null ? -1 : bytes.length).flip());
        if (bytes != null) digest.update(bytes);
    }

    private void groups() throws Exception {
        for (var group : cluster.admin.listGroups().all().get()) {
            String id = group.groupId();
            String text = switch (group.type().orElseThrow()) {
                case CONSUMER -> ExchangeGroups.image(cluster.admin.describeConsumerGroups(List.of(id)).all().get().get(id)) + ": " + offsets(id);
                case SHARE -> ExchangeShares.image(cluster, cluster.admin.describeShareGroups(List.of(id)).all().get().get(id));
                case STREAMS -> ExchangeStreams.image(cluster.admin.describeStreamsGroups(List.of(id)).all().get().get(id)) + ": " + offsets(id);
                default -> offsets(id);
            };
            lines.add("groups " + id + " " + group.protocol() + " " + group.type().get() + ": " + text);
        }
    }

    private String offsets(String group) throws Exception {
        var offsets = cluster.admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get();
        return offsets.entrySet().stream().map(e -> e.getKey() + "@" + e.getValue().offset() + " '" + e.getValue().metadata() + "'")
            .sorted().collect(Collectors.joining(", "));
    }

    private void producers(Collection<TopicPartition> partitions) throws Exception {
        cluster.admin.describeProducers(partitions).all().get().forEach((partition, state) -> {
            String text = state.activeProducers().stream()
                .map(p -> p.producerId() + "/" + p.producerEpoch() + "/" + p.lastSequence() + "/" + p.lastTimestamp())
                .sorted().collect(Collectors.joining(", "));
            lines.add("producers " + partition + ": " + text);
        });
    }
}

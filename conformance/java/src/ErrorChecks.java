import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.InvalidTimestampException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownMemberIdException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Requests that have to be refused, each with its own error. */
final class ErrorChecks {
    private final Checks checks;
    private final Cluster cluster;

    ErrorChecks(Checks checks, Cluster cluster) {
        this.checks = checks;
        this.cluster = cluster;
    }

    void run() {
        checks.check("refuses invalid topic names", this::topicNames);
        checks.check("refuses colliding topic names", this::collision);
        checks.check("refuses an existing topic", () -> {
            String topic = cluster.topic("exists", 1);
            Checks.fails(TopicExistsException.class, () -> create(new NewTopic(topic, 1, (short) 1)));
        });
        checks.check("refuses invalid partition counts", this::partitionCounts);
        checks.check("refuses a too large replication factor", () ->
            Checks.fails(InvalidReplicationFactorException.class, () -> create(new NewTopic(cluster.name("rf"), 1, (short) 3))));
        checks.check("refuses invalid topic configs", this::topicConfigs);
        checks.check("refuses invalid broker configs", this::brokerConfigs);
        checks.check("unknown topics", this::unknownTopics);
        checks.check("auto-creates a topic for a producer", this::autoCreate);
        checks.check("offset out of range", this::outOfRange);
        checks.check("refuses to delete records beyond the end", this::deleteBeyond);
        checks.check("refuses a timestamp of tomorrow", this::futureTimestamp);
        checks.check("refuses a commit of an unknown member", this::unknownMember);
    }

    private void create(NewTopic topic) throws Exception {
        cluster.admin.createTopics(List.of(topic)).all().get();
    }

    private void topicNames() throws Exception {
        String longName = "x".repeat(250);
        for (String name : List.of("", ".", "..", "a b", "grüße", "a/b", longName)) {
            Checks.fails(InvalidTopicException.class, () -> create(new NewTopic(name, 1, (short) 1)));
        }
        create(new NewTopic(cluster.name("x".repeat(249)).substring(0, 249), 1, (short) 1));
        create(new NewTopic(cluster.name("__proto__"), 1, (short) 1));
    }

    private void collision() throws Exception {
        cluster.topic("a.b_c", 1);
        Checks.fails(InvalidTopicException.class, () -> create(new NewTopic(cluster.name("a_b.c"), 1, (short) 1)));
    }

    private void partitionCounts() throws Exception {
        Checks.fails(InvalidPartitionsException.class, () -> create(new NewTopic(cluster.name("p0"), 0, (short) 1)));
        String topic = cluster.topic("fewer", 3);
        for (int count : List.of(2, 3)) {
            Checks.fails(InvalidPartitionsException.class, () ->
                cluster.admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(count))).all().get());
        }
        Checks.fails(UnknownTopicOrPartitionException.class, () ->
            cluster.admin.createPartitions(Map.of(cluster.name("none"), NewPartitions.increaseTo(3))).all().get());
    }

    private void alter(ConfigResource resource, String name, String value) throws Exception {
        var op = new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET);
        cluster.admin.incrementalAlterConfigs(Map.of(resource, List.of(op))).all().get();
    }

    private void topicConfigs() throws Exception {
        ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, cluster.topic("bad-configs", 1));
        Map<String, String> bad = Map.of("retention.ms", "soon", "segment.bytes", "3", "no.such.config", "1",
            "cleanup.policy", "shred", "compression.type", "rar", "min.insync.replicas", "0");
        for (var entry : bad.entrySet()) {
            Checks.fails(InvalidConfigurationException.class, () -> alter(topic, entry.getKey(), entry.getValue()));
            Checks.fails(InvalidConfigurationException.class, () ->
                create(new NewTopic(cluster.name("bad-config"), 1, (short) 1).configs(Map.of(entry.getKey(), entry.getValue()))));
        }
        ConfigResource unknown = new ConfigResource(ConfigResource.Type.TOPIC, cluster.name("none"));
        Checks.fails(UnknownTopicOrPartitionException.class, () -> alter(unknown, "retention.ms", "1000"));
        Checks.fails(UnknownTopicOrPartitionException.class, () -> cluster.admin.describeConfigs(List.of(unknown)).all().get());
    }

    private void brokerConfigs() throws Exception {
        int id = cluster.admin.describeCluster().nodes().get().iterator().next().id();
        ConfigResource broker = new ConfigResource(ConfigResource.Type.BROKER, String.valueOf(id));
        Checks.fails(ApiException.class, () -> alter(broker, "log.cleaner.threads", "many"));
        Checks.fails(InvalidRequestException.class, () -> alter(broker, "node.id", "7"));
    }

    private void unknownTopics() throws Exception {
        String topic = cluster.name("unknown");
        TopicPartition partition = new TopicPartition(topic, 0);
        Checks.equal(null, cluster.describe(topic), "description");
        Checks.fails(UnknownTopicOrPartitionException.class, () -> cluster.admin.deleteTopics(List.of(topic)).all().get());
        var quick = new org.apache.kafka.clients.admin.ListOffsetsOptions().timeoutMs(2000);
        Checks.fails(ApiException.class, () -> cluster.admin.listOffsets(Map.of(partition, OffsetSpec.latest()), quick).all().get());
        try (var consumer = cluster.consumer(null, Map.of("allow.auto.create.topics", "false"))) {
            Checks.equal(List.of(), consumer.partitionsFor(topic), "partitions");
        }
        Checks.that(!cluster.admin.listTopics().names().get().contains(topic), "not created by looking at it");
        String one = cluster.topic("one-partition", 1);
        Checks.fails(TimeoutException.class, () ->
            cluster.send(List.of(new ProducerRecord<>(one, 7, null, Cluster.bytes("v"))), Map.of("max.block.ms", 1000)));
    }

    private void autoCreate() throws Exception {
        String topic = cluster.name("auto-created");
        cluster.send(Cluster.numbered(topic, 0, 10), Map.of());
        cluster.read(Cluster.partitions(topic, 1), 10);
    }

    private void outOfRange() throws Exception {
        String topic = cluster.topic("out-of-range", 1);
        TopicPartition partition = new TopicPartition(topic, 0);
        cluster.send(Cluster.numbered(topic, 0, 50), Map.of());
        cluster.admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(10))).all().get();
        Map<String, Long> expected = Map.of("earliest", 10L, "latest", 50L);
        for (long position : List.of(3L, 5000L)) {
            for (String reset : expected.keySet()) {
                try (var consumer = cluster.consumer(null, Map.of("auto.offset.reset", reset))) {
                    consumer.assign(List.of(partition));
                    consumer.seek(partition, position);
                    Checks.until("the position is reset", () -> {
                        var records = consumer.poll(Duration.ofMillis(100));
                        return !records.isEmpty() || consumer.position(partition) == expected.get(reset);
                    });
                }
            }
            try (var consumer = cluster.consumer(null, Map.of("auto.offset.reset", "none"))) {
                consumer.assign(List.of(partition));
                consumer.seek(partition, position);
                Checks.fails(OffsetOutOfRangeException.class, () ->
                    IntStream.range(0, 100).forEach(i -> consumer.poll(Duration.ofMillis(100))));
            }
        }
    }

    private void deleteBeyond() throws Exception {
        String topic = cluster.topic("delete-beyond", 1);
        TopicPartition partition = new TopicPartition(topic, 0);
        Checks.fails(org.apache.kafka.common.errors.OffsetOutOfRangeException.class, () ->
            cluster.admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(1))).all().get());
    }

    private void futureTimestamp() throws Exception {
        String topic = cluster.topic("tomorrow", 1);
        long tomorrow = System.currentTimeMillis() + 86_400_000;
        Checks.fails(InvalidTimestampException.class, () ->
            cluster.send(List.of(new ProducerRecord<>(topic, 0, tomorrow, null, Cluster.bytes("v"))), Map.of()));
    }

    private void unknownMember() throws Exception {
        String topic = cluster.topic("busy-group", 1);
        TopicPartition partition = new TopicPartition(topic, 0);
        try (var member = cluster.consumer(cluster.name("busy-group"), Map.of())) {
            member.subscribe(List.of(topic));
            Checks.until("the member has its partition", () -> {
                member.poll(Duration.ofMillis(50));
                return member.assignment().size() == 1;
            });
            Checks.fails(UnknownMemberIdException.class, () -> cluster.admin.alterConsumerGroupOffsets(
                cluster.name("busy-group"), Map.of(partition, new OffsetAndMetadata(0))).all().get());
        }
    }
}

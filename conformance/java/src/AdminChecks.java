import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;

/** What an administrator does and sees: topics, configs, offsets, the cluster itself. */
final class AdminChecks {
    private final Checks checks;
    private final Cluster cluster;

    AdminChecks(Checks checks, Cluster cluster) {
        this.checks = checks;
        this.cluster = cluster;
    }

    void run() {
        checks.check("create, describe and delete topics", this::topics);
        checks.check("topics by id", this::topicsById);
        checks.check("create partitions", this::createPartitions);
        checks.check("topic configs", this::topicConfigs);
        checks.check("broker configs", this::brokerConfigs);
        checks.check("every topic and broker config has its type and documentation", this::documentation);
        checks.check("validate only", this::validateOnly);
        checks.check("list offsets", this::listOffsets);
        checks.check("delete records", this::deleteRecords);
        checks.check("describe cluster", this::describeCluster);
        checks.check("log directories", this::logDirs);
        checks.check("metadata quorum", this::quorum);
        checks.check("features", this::features);
    }

    private void topics() throws Exception {
        String topic = cluster.topic("topics", 3, Map.of("retention.ms", "100000"));
        var described = cluster.describe(topic);
        Checks.equal(3, described.partitions().size(), "partitions");
        for (var partition : described.partitions()) {
            Checks.equal(1, partition.replicas().size(), "replicas");
            Checks.equal(partition.leader(), partition.isr().get(0), "in-sync replica");
        }
        Checks.that(!described.isInternal(), "not internal");
        Checks.that(cluster.admin.listTopics().names().get().contains(topic), "listed");
        cluster.admin.deleteTopics(List.of(topic)).all().get();
        Checks.until("the topic is gone", () -> !cluster.admin.listTopics().names().get().contains(topic));
        cluster.topic("topics", 1);
        Checks.equal(1, cluster.describe(topic).partitions().size(), "partitions of the new topic");
        Checks.that(!cluster.describe(topic).topicId().equals(described.topicId()), "it has another id");
    }

    private void topicsById() throws Exception {
        String topic = cluster.topic("by-id", 1);
        var id = cluster.describe(topic).topicId();
        var found = cluster.admin.describeTopics(TopicCollection.ofTopicIds(List.of(id))).allTopicIds().get();
        Checks.equal(topic, found.get(id).name(), "name of the id");
        cluster.admin.deleteTopics(TopicCollection.ofTopicIds(List.of(id))).all().get();
        Checks.until("the topic is gone", () -> cluster.describe(topic) == null);
    }

    private void createPartitions() throws Exception {
        String topic = cluster.topic("more-partitions", 1);
        cluster.admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(4))).all().get();
        Checks.until("there are 4", () -> cluster.describe(topic).partitions().size() == 4
            && cluster.describe(topic).partitions().stream().allMatch(p -> p.leader() != null && p.leader().id() >= 0));
        for (int p = 0; p < 4; p++) {
            int partition = p;
            Checks.until("partition " + p + " takes records", () -> {
                cluster.send(List.of(new ProducerRecord<>(topic, partition, null, Cluster.bytes("v"))), Map.of());
                return true;
            });
        }
        cluster.read(Cluster.partitions(topic, 4), 4);
    }

    private Map<String, ConfigEntry> configs(ConfigResource resource) throws Exception {
        Config config = cluster.admin.describeConfigs(List.of(resource)).all().get().get(resource);
        return config.entries().stream().collect(Collectors.toMap(ConfigEntry::name, e -> e));
    }

    private void alter(ConfigResource resource, String name, String value, AlterConfigOp.OpType type) throws Exception {
        var op = new AlterConfigOp(new ConfigEntry(name, value), type);
        cluster.admin.incrementalAlterConfigs(Map.of(resource, List.of(op))).all().get();
    }

    private void await(ConfigResource resource, String name, String value) throws Exception {
        Checks.until(name + " is " + value, () -> value.equals(configs(resource).get(name).value()));
    }

    private void topicConfigs() throws Exception {
        String topic = cluster.topic("configs", 1, Map.of("retention.ms", "100000", "cleanup.policy", "compact"));
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        var entries = configs(resource);
        Checks.equal("100000", entries.get("retention.ms").value(), "retention.ms");
        Checks.equal(ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG, entries.get("retention.ms").source(), "its source");
        Checks.equal("1048588", entries.get("max.message.bytes").value(), "max.message.bytes");
        Checks.equal(ConfigEntry.ConfigSource.DEFAULT_CONFIG, entries.get("max.message.bytes").source(), "its source");
        alter(resource, "max.message.bytes", "2000", AlterConfigOp.OpType.SET);
        await(resource, "max.message.bytes", "2000");
        alter(resource, "retention.ms", "", AlterConfigOp.OpType.DELETE);
        await(resource, "retention.ms", "604800000");
        alter(resource, "cleanup.policy", "delete", AlterConfigOp.OpType.APPEND);
        await(resource, "cleanup.policy", "compact,delete");
        alter(resource, "cleanup.policy", "compact", AlterConfigOp.OpType.SUBTRACT);
        await(resource, "cleanup.policy", "delete");
    }

    private ConfigResource broker() throws Exception {
        int id = cluster.admin.describeCluster().nodes().get().iterator().next().id();
        return new ConfigResource(ConfigResource.Type.BROKER, String.valueOf(id));
    }

    private void brokerConfigs() throws Exception {
        ConfigResource broker = broker();
        Checks.equal(broker.name(), configs(broker).get("node.id").value(), "node.id");
        Checks.that(configs(broker).get("node.id").isReadOnly(), "node.id is read only");
        alter(broker, "log.cleaner.threads", "2", AlterConfigOp.OpType.SET);
        await(broker, "log.cleaner.threads", "2");
        Checks.equal(ConfigEntry.ConfigSource.DYNAMIC_BROKER_CONFIG, configs(broker).get("log.cleaner.threads").source(), "its source");
        alter(broker, "log.cleaner.threads", "", AlterConfigOp.OpType.DELETE);
        await(broker, "log.cleaner.threads", "1");
        ConfigResource all = new ConfigResource(ConfigResource.Type.BROKER, "");
        alter(all, "message.max.bytes", "2000000", AlterConfigOp.OpType.SET);
        await(broker, "message.max.bytes", "2000000");
        ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, cluster.topic("broker-default", 1));
        Checks.until("the topic inherits it", () -> "2000000".equals(configs(topic).get("max.message.bytes").value()));
        Checks.equal(ConfigEntry.ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG, configs(topic).get("max.message.bytes").source(), "its source");
        alter(all, "message.max.bytes", "", AlterConfigOp.OpType.DELETE);
        await(broker, "message.max.bytes", "1048588");
    }

    private void documentation() throws Exception {
        var topic = new ConfigResource(ConfigResource.Type.TOPIC, cluster.topic("documentation", 1));
        var options = new org.apache.kafka.clients.admin.DescribeConfigsOptions().includeDocumentation(true).includeSynonyms(true);
        for (ConfigResource resource : List.of(topic, broker())) {
            var entries = cluster.admin.describeConfigs(List.of(resource), options).all().get().get(resource).entries();
            Checks.that(entries.size() >= (resource == topic ? 30 : 200), resource + " has " + entries.size() + " configs");
            for (ConfigEntry entry : entries) {
                Checks.that(entry.type() != ConfigEntry.ConfigType.UNKNOWN, entry.name() + " has a type");
                Checks.that(entry.documentation() != null, entry.name() + " has documentation");
            }
        }
    }

    private void validateOnly() throws Exception {
        String topic = cluster.name("validate-only");
        var options = new CreateTopicsOptions().validateOnly(true);
        var result = cluster.admin.createTopics(List.of(new NewTopic(topic, 2, (short) 1)), options);
        Checks.equal(2, result.numPartitions(topic).get(), "partitions it would have");
        Checks.that(!cluster.admin.listTopics().names().get().contains(topic), "not created");
    }

    private long offset(TopicPartition partition, OffsetSpec spec) throws Exception {
        return cluster.admin.listOffsets(Map.of(partition, spec)).all().get().get(partition).offset();
    }

    private void listOffsets() throws Exception {
        String topic = cluster.topic("offsets", 1);
        TopicPartition partition = new TopicPartition(topic, 0);
        Checks.equal(0L, offset(partition, OffsetSpec.latest()), "latest of an empty partition");
        Checks.equal(-1L, offset(partition, OffsetSpec.maxTimestamp()), "max timestamp of an empty partition");
        long[] times = {1_000_000L, 3_000_000L, 2_000_000L, 2_500_000L};
        for (long time : times) cluster.send(List.of(new ProducerRecord<>(topic, 0, time, null, Cluster.bytes("v"))), Map.of());
        Checks.equal(0L, offset(partition, OffsetSpec.earliest()), "earliest");
        Checks.equal(4L, offset(partition, OffsetSpec.latest()), "latest");
        Checks.equal(1L, offset(partition, OffsetSpec.maxTimestamp()), "max timestamp");
        Checks.equal(0L, offset(partition, OffsetSpec.earliestLocal()), "earliest local");
        Checks.equal(-1L, offset(partition, OffsetSpec.latestTiered()), "latest tiered");
        Checks.equal(0L, offset(partition, OffsetSpec.forTimestamp(0)), "time 0");
        Checks.equal(1L, offset(partition, OffsetSpec.forTimestamp(1_000_001)), "time 1,000,001");
        Checks.equal(-1L, offset(partition, OffsetSpec.forTimestamp(3_000_001)), "a time after the last");
        try (var consumer = cluster.consumer(null, Map.of())) {
            Checks.equal(1L, consumer.offsetsForTimes(Map.of(partition, 2_000_000L)).get(partition).offset(), "consumer's look-up");
            Checks.equal(4L, consumer.endOffsets(List.of(partition)).get(partition), "consumer's end offset");
        }
    }

    private void deleteRecords() throws Exception {
        String topic = cluster.topic("delete-records", 1);
        TopicPartition partition = new TopicPartition(topic, 0);
        cluster.send(Cluster.numbered(topic, 0, 100), Map.of());
        var deleted = cluster.admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(40)));
        Checks.equal(40L, deleted.lowWatermarks().get(partition).get().lowWatermark(), "low watermark");
        Checks.equal(40L, offset(partition, OffsetSpec.earliest()), "earliest");
        Checks.equal(40L, cluster.read(List.of(partition), 60).get(0).offset(), "first record");
        cluster.admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(-1))).all().get();
        Checks.equal(100L, offset(partition, OffsetSpec.earliest()), "earliest after all were deleted");
    }

    private void describeCluster() throws Exception {
        var cluster = this.cluster.admin.describeCluster();
        Checks.equal(22, cluster.clusterId().get().length(), "length of the cluster id");
        var node = cluster.nodes().get().iterator().next();
        Checks.equal(this.cluster.bootstrap, node.host() + ":" + node.port(), "advertised listener");
        Checks.equal(node.id(), cluster.controller().get().id(), "controller as brokers name it");
    }

    private void logDirs() throws Exception {
        String topic = cluster.topic("log-dirs", 1);
        cluster.send(Cluster.numbered(topic, 0, 100), Map.of());
        int id = Integer.parseInt(broker().name());
        var dirs = cluster.admin.describeLogDirs(List.of(id)).allDescriptions().get().get(id);
        Checks.equal(1, dirs.size(), "directories");
        var dir = dirs.values().iterator().next();
        Checks.that(dir.error() == null, "no error");
        Checks.that(dir.totalBytes().orElse(0) > 0 && dir.usableBytes().orElse(0) > 0, "bytes of the volume");
        var replica = dir.replicaInfos().get(new TopicPartition(topic, 0));
        Checks.that(replica.size() > 500 && replica.offsetLag() == 0 && !replica.isFuture(), "replica " + replica);
    }

    private void quorum() throws Exception {
        var quorum = cluster.admin.describeMetadataQuorum().quorumInfo().get();
        Checks.equal(Set.of(quorum.leaderId()), quorum.voters().stream().map(v -> v.replicaId()).collect(Collectors.toSet()), "voters");
        Checks.that(quorum.leaderEpoch() > 0 && quorum.highWatermark() > 0, "epoch and high watermark: " + quorum);
        var voter = quorum.voters().get(0);
        Checks.that(voter.logEndOffset() >= quorum.highWatermark(), "log end offset: " + voter);
        Checks.that(quorum.nodes().containsKey(quorum.leaderId()), "the leader's endpoints");
    }

    private void features() throws Exception {
        var features = cluster.admin.describeFeatures().featureMetadata().get();
        var levels = features.finalizedFeatures();
        Checks.equal((short) 30, levels.get("metadata.version").maxVersionLevel(), "metadata.version");
        Checks.equal(Set.of("metadata.version", "kraft.version", "transaction.version", "group.version",
            "eligible.leader.replicas.version", "share.version", "streams.version"), features.supportedFeatures().keySet(), "supported features");
        Checks.that(features.finalizedFeaturesEpoch().orElse(-1L) > 0, "epoch");
    }
}

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Apache Kafka's command-line tools, each by its own main class. */
final class ToolChecks {
    private static final String TOOLS = "org.apache.kafka.tools.";
    private static final String TOPICS = TOOLS + "TopicCommand";
    private static final String CONFIGS = "kafka.admin.ConfigCommand";
    private static final String GROUPS = TOOLS + "consumer.group.ConsumerGroupCommand";
    private static final String OFFSETS = TOOLS + "GetOffsetShell";
    private static final String CONSOLE_CONSUMER = TOOLS + "consumer.ConsoleConsumer";
    private static final String CONSOLE_PRODUCER = TOOLS + "ConsoleProducer";

    private final Checks checks;
    private final Cluster cluster;
    private final Shell shell;

    ToolChecks(Checks checks, Cluster cluster) {
        this.checks = checks;
        this.cluster = cluster;
        shell = new Shell(cluster);
    }

    void run() {
        checks.check("kafka-topics", this::topics);
        checks.check("kafka-topics errors", this::topicErrors);
        checks.check("kafka-configs for topics", this::topicConfigs);
        checks.check("kafka-configs for brokers", this::brokerConfigs);
        checks.check("kafka-console-producer and -consumer", this::console);
        checks.check("kafka-consumer-groups", this::groups);
        checks.check("kafka-consumer-groups --reset-offsets and --delete", this::resetOffsets);
        checks.check("kafka-get-offsets", this::getOffsets);
        checks.check("kafka-delete-records", this::deleteRecords);
        checks.check("kafka-metadata-quorum", this::quorum);
        checks.check("kafka-log-dirs", this::logDirs);
        checks.check("kafka-features", this::features);
        checks.check("kafka-broker-api-versions", this::apiVersions);
        checks.check("kafka-cluster", this::clusterId);
        checks.check("kafka-groups", this::allGroups);
        checks.check("kafka-producer-perf-test and -consumer-perf-test", this::perf);
        checks.check("kafka-verifiable-producer and -consumer", this::verifiable);
        checks.check("kafka-e2e-latency", this::endToEnd);
    }

    private void topics() throws Exception {
        String topic = cluster.name("cli");
        Shell.has(shell.ok(TOPICS, "--create", "--topic", topic, "--partitions", "3", "--config", "segment.bytes=1048576"), "Created topic");
        Checks.until("kafka-topics lists it", () -> shell.ok(TOPICS, "--list").contains(topic));
        String described = shell.ok(TOPICS, "--describe", "--topic", topic);
        Shell.has(described, "PartitionCount: 3\\s+ReplicationFactor: 1\\s+Configs: .*segment.bytes=1048576");
        Shell.has(described, "Partition: 2\\s+Leader: 1\\s+Replicas: 1\\s+Isr: 1");
        shell.ok(TOPICS, "--alter", "--topic", topic, "--partitions", "5");
        Checks.until("there are 5 partitions", () -> shell.ok(TOPICS, "--describe", "--topic", topic).contains("PartitionCount: 5"));
        Checks.equal("", shell.ok(TOPICS, "--describe", "--under-replicated-partitions").trim(), "under-replicated partitions");
        Checks.equal("", shell.ok(TOPICS, "--describe", "--unavailable-partitions").trim(), "unavailable partitions");
        shell.ok(TOPICS, "--delete", "--topic", topic);
        Checks.until("it is gone", () -> !shell.ok(TOPICS, "--list").contains(topic));
    }

    private void topicErrors() throws Exception {
        String topic = cluster.topic("cli-errors", 1);
        shell.fails("already exists", TOPICS, "--create", "--topic", topic);
        shell.ok(TOPICS, "--create", "--if-not-exists", "--topic", topic);
        shell.fails("does not exist", TOPICS, "--describe", "--topic", cluster.name("none"));
        shell.fails("Unable to replicate the partition 2 time", TOPICS, "--create", "--topic", cluster.name("rf"), "--replication-factor", "2");
        shell.fails("already has 1 partition", TOPICS, "--alter", "--topic", topic, "--partitions", "1");
        shell.fails("InvalidConfigurationException|Unknown topic config", TOPICS, "--create", "--topic", cluster.name("bad"), "--config", "no.such=1");
    }

    private void topicConfigs() throws Exception {
        String topic = cluster.topic("cli-configs", 1);
        String[] entity = {"--entity-type", "topics", "--entity-name", topic};
        Shell.has(shell.ok(CONFIGS, Shell.with(entity, "--alter", "--add-config", "retention.ms=100000,cleanup.policy=[compact,delete]")), "Completed updating config");
        Checks.until("kafka-configs shows it", () -> shell.ok(CONFIGS, Shell.with(entity, "--describe")).contains("retention.ms=100000 sensitive=false"));
        Shell.has(shell.ok(CONFIGS, Shell.with(entity, "--describe")), "cleanup.policy=compact,delete");
        Shell.has(shell.ok(CONFIGS, Shell.with(entity, "--describe", "--all")), "max.message.bytes=1048588 .*DEFAULT_CONFIG:message.max.bytes=1048588");
        shell.ok(CONFIGS, Shell.with(entity, "--alter", "--delete-config", "retention.ms"));
        Checks.until("it is gone", () -> !shell.ok(CONFIGS, Shell.with(entity, "--describe")).contains("retention.ms"));
        shell.fails("InvalidConfigurationException|Invalid value", CONFIGS, Shell.with(entity, "--alter", "--add-config", "retention.ms=soon"));
        shell.fails("InvalidConfigurationException|Unknown topic config", CONFIGS, Shell.with(entity, "--alter", "--add-config", "no.such=1"));
    }

    private void brokerConfigs() throws Exception {
        String[] broker = {"--entity-type", "brokers", "--entity-name", "1"};
        String[] all = {"--entity-type", "brokers", "--entity-default"};
        shell.ok(CONFIGS, Shell.with(broker, "--alter", "--add-config", "log.cleaner.threads=2"));
        Checks.until("the broker has it", () -> shell.ok(CONFIGS, Shell.with(broker, "--describe")).contains("log.cleaner.threads=2 sensitive=false"));
        shell.ok(CONFIGS, Shell.with(broker, "--alter", "--delete-config", "log.cleaner.threads"));
        shell.ok(CONFIGS, Shell.with(all, "--alter", "--add-config", "log.retention.ms=700000000"));
        Checks.until("the default has it", () -> shell.ok(CONFIGS, Shell.with(all, "--describe")).contains("log.retention.ms=700000000"));
        shell.ok(CONFIGS, Shell.with(all, "--alter", "--delete-config", "log.retention.ms"));
        Shell.has(shell.ok(CONFIGS, Shell.with(broker, "--describe", "--all")), "offsets.topic.num.partitions=50");
        shell.fails("Cannot update|InvalidRequestException|Invalid", CONFIGS, Shell.with(broker, "--alter", "--add-config", "node.id=9"));
        shell.fails("Invalid value|InvalidRequestException|InvalidConfig", CONFIGS, Shell.with(broker, "--alter", "--add-config", "log.cleaner.threads=many"));
    }

    private void console() throws Exception {
        String topic = cluster.topic("cli-console", 1);
        Tool.Run produced = shell.any(CONSOLE_PRODUCER, "h:1\tk1:v1\nh:2\tk2:v2\nh:3\tk3:NIL\n", "--topic", topic,
            "--reader-property", "parse.key=true", "--reader-property", "key.separator=:",
            "--reader-property", "parse.headers=true", "--reader-property", "null.marker=NIL");
        Checks.equal(0, produced.code(), "exit code of the producer: " + produced.err());
        String read = shell.ok(CONSOLE_CONSUMER, "--topic", topic, "--group", cluster.name("cli-console"), "--from-beginning",
            "--max-messages", "3", "--timeout-ms", "20000", "--formatter-property", "print.key=true",
            "--formatter-property", "print.headers=true", "--formatter-property", "print.offset=true",
            "--formatter-property", "print.partition=true");
        Checks.equal(List.of("Partition:0\tOffset:0\th:1\tk1\tv1", "Partition:0\tOffset:1\th:2\tk2\tv2",
            "Partition:0\tOffset:2\th:3\tk3\tnull"), read.lines().toList(), "records");
        String one = shell.ok(CONSOLE_CONSUMER, "--topic", topic, "--partition", "0", "--offset", "1", "--max-messages", "1", "--timeout-ms", "20000");
        Checks.equal("v2", one.trim(), "record 1");
    }

    private void groups() throws Exception {
        String topic = cluster.topic("cli-groups", 2);
        String group = cluster.name("cli-groups");
        cluster.send(Cluster.numbered(topic, 0, 100), Map.of());
        try (var consumer = cluster.consumer(group, Map.of("client.id", "cli-member"))) {
            consumer.subscribe(List.of(topic));
            int[] seen = {0};
            Checks.until("all is consumed", () -> (seen[0] += consumer.poll(java.time.Duration.ofMillis(50)).count()) == 100);
            consumer.commitSync();
            cluster.send(Cluster.numbered(topic, 100, 7), Map.of());
            String all = shell.ok(GROUPS, "--describe", "--group", group);
            Shell.has(all, "GROUP\\s+TOPIC\\s+PARTITION\\s+CURRENT-OFFSET\\s+LOG-END-OFFSET\\s+LAG");
            Shell.has(all, Pattern.quote(topic) + "\\s+1\\s+\\d+\\s+\\d+\\s+\\d+\\s+cli-member");
            Shell.has(shell.ok(GROUPS, "--describe", "--group", group, "--members", "--verbose"), "cli-member\\s+2\\s.*" + Pattern.quote(topic) + ":0,1");
            Shell.has(shell.ok(GROUPS, "--describe", "--group", group, "--state"), "range\\s+Stable\\s+1");
            Shell.has(shell.ok(GROUPS, "--list", "--state"), Pattern.quote(group) + "\\s+Stable");
            Shell.has(shell.ok(GROUPS, "--list", "--type", "classic"), Pattern.quote(group));
            Shell.has(shell.ok(GROUPS, "--delete", "--group", group), "GroupNotEmptyException");
        }
        Checks.until("the group is empty", () -> shell.ok(GROUPS, "--describe", "--group", group, "--state").contains("Empty"));
        String lags = shell.ok(GROUPS, "--describe", "--group", group);
        int lag = lags.lines().filter(l -> l.startsWith(group)).mapToInt(l -> Integer.parseInt(l.split("\\s+")[5])).sum();
        Checks.equal(7, lag, "lag");
        Shell.has(shell.any(GROUPS, "", "--describe", "--group", cluster.name("none")).err(), "Group .*none not found");
    }

    private void resetOffsets() throws Exception {
        String topic = cluster.topic("cli-reset", 1);
        String group = cluster.name("cli-reset");
        cluster.send(Cluster.numbered(topic, 0, 50), Map.of());
        String[] reset = {"--reset-offsets", "--group", group, "--topic", topic};
        Shell.has(shell.ok(GROUPS, Shell.with(reset, "--to-latest", "--execute")), Pattern.quote(topic) + "\\s+0\\s+50");
        Shell.has(shell.ok(GROUPS, Shell.with(reset, "--to-offset", "20", "--execute")), Pattern.quote(topic) + "\\s+0\\s+20");
        Shell.has(shell.ok(GROUPS, Shell.with(reset, "--shift-by", "-5", "--execute")), Pattern.quote(topic) + "\\s+0\\s+15");
        Shell.has(shell.ok(GROUPS, Shell.with(reset, "--to-earliest", "--dry-run")), Pattern.quote(topic) + "\\s+0\\s+0");
        Shell.has(shell.ok(GROUPS, Shell.with(reset, "--to-datetime", "2000-01-01T00:00:00.000", "--execute")), Pattern.quote(topic) + "\\s+0\\s+0");
        Shell.has(shell.ok(GROUPS, Shell.with(reset, "--to-offset", "9", "--execute")), Pattern.quote(topic) + "\\s+0\\s+9");
        Shell.has(shell.ok(GROUPS, "--describe", "--group", group), Pattern.quote(topic) + "\\s+0\\s+9\\s+50\\s+41");
        shell.ok(GROUPS, "--delete-offsets", "--group", group, "--topic", topic);
        shell.ok(GROUPS, Shell.with(reset, "--to-earliest", "--execute"));
        Shell.has(shell.ok(GROUPS, "--delete", "--group", group), "Deletion of requested consumer groups .* was successful");
        Checks.that(!shell.ok(GROUPS, "--list").contains(group), "the group is gone");
    }

    private void getOffsets() throws Exception {
        String topic = cluster.topic("cli-offsets", 1);
        for (long time : new long[] {1000, 3000, 2000}) {
            cluster.send(List.of(new org.apache.kafka.clients.producer.ProducerRecord<>(topic, 0, time, null, Cluster.bytes("v"))), Map.of());
        }
        Map<String, String> expected = Map.of("earliest", "0", "-2", "0", "latest", "3", "-1", "3", "max-timestamp", "1",
            "-3", "1", "earliest-local", "0", "1500", "1", "2500", "1");
        for (var entry : expected.entrySet()) {
            Checks.equal(topic + ":0:" + entry.getValue(), shell.ok(OFFSETS, "--topic", topic, "--time", entry.getKey()).trim(), entry.getKey());
        }
    }

    private void deleteRecords() throws Exception {
        String topic = cluster.topic("cli-delete", 1);
        cluster.send(Cluster.numbered(topic, 0, 10), Map.of());
        Path file = Files.createTempFile("delete-records", ".json");
        Files.writeString(file, "{\"partitions\": [{\"topic\": \"" + topic + "\", \"partition\": 0, \"offset\": 4}], \"version\": 1}");
        Shell.has(shell.ok(TOOLS + "DeleteRecordsCommand", "--offset-json-file", file.toString()), "low_watermark: 4");
        Files.delete(file);
        Checks.equal(topic + ":0:4", shell.ok(OFFSETS, "--topic", topic, "--time", "earliest").trim(), "earliest");
    }

    private void quorum() throws Exception {
        String status = shell.ok(TOOLS + "MetadataQuorumCommand", "describe", "--status");
        Shell.has(status, "LeaderId:\\s+1");
        Shell.has(status, "MaxFollowerLag:\\s+0");
        Shell.has(status, "CurrentVoters:\\s+\\[\\{\"id\": 1, \"directoryId\": \"[\\w-]{22}\", \"endpoints\": \\[\"CONTROLLER://");
        String replication = shell.ok(TOOLS + "MetadataQuorumCommand", "describe", "--replication");
        Shell.has(replication, "NodeId\\s+DirectoryId\\s+LogEndOffset\\s+Lag");
        Shell.has(replication, "1\\s+[\\w-]{22}\\s+\\d+\\s+0\\s+-?\\d+\\s+-?\\d+\\s+Leader");
    }

    private void logDirs() throws Exception {
        String topic = cluster.topic("cli-dirs", 1);
        cluster.send(Cluster.numbered(topic, 0, 10), Map.of());
        String dirs = shell.ok(TOOLS + "LogDirsCommand", "--describe", "--topic-list", topic);
        Shell.has(dirs, "\"broker\":1.*\"partition\":\"" + Pattern.quote(topic) + "-0\",\"size\":\\d+,\"offsetLag\":0.*\"error\":null");
    }

    private void features() throws Exception {
        String features = shell.ok(TOOLS + "FeatureCommand", "describe");
        Shell.has(features, "metadata.version\\s+SupportedMinVersion: 3.3-IV3\\s+SupportedMaxVersion: 4.3-IV0\\s+FinalizedVersionLevel: 4.3-IV0");
        Shell.has(features, "group.version\\s+SupportedMinVersion: 0\\s+SupportedMaxVersion: 1");
    }

    private void apiVersions() throws Exception {
        String versions = shell.ok(TOOLS + "BrokerApiVersionsCommand");
        Shell.has(versions, "\\(id: 1 rack: null isFenced: false\\) -> \\(");
        Shell.has(versions, "Fetch\\(1\\): 4 to 18 \\[usable: 18\\]");
        Checks.that(!versions.contains("ERROR"), versions);
    }

    private void clusterId() throws Exception {
        Shell.has(Tool.run(TOOLS + "ClusterTool", "cluster-id", "--bootstrap-server", cluster.bootstrap).out(), "Cluster ID: [\\w-]{22}");
        Shell.has(Tool.run(TOOLS + "ClusterTool", "list-endpoints", "--bootstrap-server", cluster.bootstrap).out(), "1\\s+127.0.0.1\\s+\\d+");
    }

    private void allGroups() throws Exception {
        String topic = cluster.topic("cli-all-groups", 1);
        shell.ok(GROUPS, "--reset-offsets", "--group", cluster.name("cli-all-groups"), "--topic", topic, "--to-earliest", "--execute");
        Shell.has(shell.ok(TOOLS + "GroupsCommand", "--list"), Pattern.quote(cluster.name("cli-all-groups")) + "\\s+Classic");
    }

    private void perf() throws Exception {
        String topic = cluster.topic("cli-perf", 2);
        Shell.has(shell.ok(TOOLS + "ProducerPerformance", "--topic", topic, "--num-records", "20000", "--record-size", "100", "--throughput", "-1",
            "--command-property", "acks=all"), "20000 records sent, .* 99.9th");
        String consumed = shell.ok(TOOLS + "ConsumerPerformance", "--topic", topic, "--num-records", "20000", "--timeout", "20000");
        Checks.equal("20000", consumed.lines().toList().get(1).split(", ")[4], "records: " + consumed);
    }

    private void verifiable() throws Exception {
        String topic = cluster.name("cli-verifiable");
        String produced = Tool.process(TOOLS + "VerifiableProducer", "--bootstrap-server", cluster.bootstrap,
            "--topic", topic, "--max-messages", "500").out();
        Checks.equal(500L, produced.lines().filter(l -> l.contains("\"producer_send_success\"")).count(), "acknowledged");
        Shell.has(produced, "\"sent\":500,\"acked\":500");
        String consumed = Tool.process(TOOLS + "VerifiableConsumer", "--bootstrap-server", cluster.bootstrap, "--topic", topic,
            "--group-id", topic, "--max-messages", "500", "--reset-policy", "earliest", "--session-timeout", "10000").out();
        Shell.has(consumed, "\"partitions_assigned\"");
        int count = consumed.lines().filter(l -> l.contains("\"records_consumed\""))
            .mapToInt(l -> Integer.parseInt(l.replaceAll(".*\"records_consumed\",\"count\":(\\d+).*", "$1"))).sum();
        Checks.equal(500, count, "consumed");
        Shell.has(consumed, "\"offsets_committed\".*\"success\":true");
    }

    private void endToEnd() throws Exception {
        String topic = cluster.topic("cli-latency", 1);
        String out = shell.ok(TOOLS + "EndToEndLatency", "--topic", topic, "--num-records", "200", "--producer-acks", "all", "--record-size", "100");
        Shell.has(out, "Avg latency: [\\d.]+ ms");
        Shell.has(out, "Percentiles: 50th = \\d+");
    }
}

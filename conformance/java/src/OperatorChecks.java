import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Tools for what an operator sets and looks after: every kind of config, features, transactions. */
final class OperatorChecks {
    private static final String TOOLS = "org.apache.kafka.tools.";
    private static final String CONFIGS = "kafka.admin.ConfigCommand";
    private static final String CLIENT_METRICS = TOOLS + "ClientMetricsCommand";
    private static final String GROUPS = TOOLS + "consumer.group.ConsumerGroupCommand";
    private static final String FEATURES = TOOLS + "FeatureCommand";
    private static final String TRANSACTIONS = TOOLS + "TransactionsCommand";

    private final Checks checks;
    private final Cluster cluster;
    private final Shell shell;

    OperatorChecks(Checks checks, Cluster cluster) {
        this.checks = checks;
        this.cluster = cluster;
        shell = new Shell(cluster);
    }

    void run() {
        checks.check("kafka-configs for groups", this::groupConfigs);
        checks.check("kafka-configs for users and clients", this::quotas);
        checks.check("kafka-configs for addresses", this::addresses);
        checks.check("kafka-configs for SCRAM credentials", this::credentials);
        checks.check("kafka-configs for loggers", this::loggers);
        checks.check("kafka-client-metrics and kafka-configs for client metrics", this::clientMetrics);
        checks.check("kafka-features upgrade and downgrade", this::features);
        checks.check("kafka-transactions", this::transactions);
        checks.check("kafka-consumer-groups of the consumer protocol", this::consumerGroup);
        checks.check("kafka-leader-election", this::election);
        checks.check("kafka-reassign-partitions", this::reassignment);
    }

    private void groupConfigs() throws Exception {
        String[] group = {"--entity-type", "groups", "--entity-name", cluster.name("configured")};
        shell.ok(CONFIGS, Shell.with(group, "--alter", "--add-config", "consumer.session.timeout.ms=50000,share.auto.offset.reset=earliest,streams.num.standby.replicas=1"));
        Checks.until("the group has it", () -> shell.ok(CONFIGS, Shell.with(group, "--describe")).contains("consumer.session.timeout.ms=50000"));
        Shell.has(shell.ok(CONFIGS, Shell.with(group, "--describe")), "streams.num.standby.replicas=1");
        shell.fails("consumer.session.timeout.ms", CONFIGS, Shell.with(group, "--alter", "--add-config", "consumer.session.timeout.ms=1"));
        shell.fails("Unknown|unknown|InvalidRequest|InvalidConfig", CONFIGS, Shell.with(group, "--alter", "--add-config", "no.such=1"));
        shell.ok(CONFIGS, Shell.with(group, "--alter", "--delete-config", "consumer.session.timeout.ms,share.auto.offset.reset,streams.num.standby.replicas"));
        Checks.until("it is gone", () -> !shell.ok(CONFIGS, Shell.with(group, "--describe")).contains("50000"));
    }

    private void quotas() throws Exception {
        String user = cluster.name("user");
        String[] entity = {"--entity-type", "users", "--entity-name", user, "--entity-type", "clients", "--entity-name", "app"};
        shell.ok(CONFIGS, Shell.with(entity, "--alter", "--add-config", "producer_byte_rate=1024,request_percentage=12.5"));
        Checks.until("the quotas are there", () -> shell.ok(CONFIGS, Shell.with(entity, "--describe")).contains("producer_byte_rate=1024.0"));
        Shell.has(shell.ok(CONFIGS, "--entity-type", "users", "--entity-type", "clients", "--describe"), user);
        shell.fails("must be greater than 0", CONFIGS, Shell.with(entity, "--alter", "--add-config", "producer_byte_rate=0"));
        shell.ok(CONFIGS, Shell.with(entity, "--alter", "--delete-config", "producer_byte_rate,request_percentage"));
        Checks.until("they are gone", () -> !shell.ok(CONFIGS, Shell.with(entity, "--describe")).contains("1024"));
        String[] byDefault = {"--entity-type", "clients", "--entity-default"};
        shell.ok(CONFIGS, Shell.with(byDefault, "--alter", "--add-config", "consumer_byte_rate=4096"));
        Checks.until("the default is there", () -> shell.ok(CONFIGS, Shell.with(byDefault, "--describe")).contains("consumer_byte_rate=4096.0"));
        shell.ok(CONFIGS, Shell.with(byDefault, "--alter", "--delete-config", "consumer_byte_rate"));
    }

    private void addresses() throws Exception {
        String[] address = {"--entity-type", "ips", "--entity-name", "127.0.0.9"};
        shell.ok(CONFIGS, Shell.with(address, "--alter", "--add-config", "connection_creation_rate=5"));
        Checks.until("the address has it", () -> shell.ok(CONFIGS, Shell.with(address, "--describe")).contains("connection_creation_rate=5.0"));
        shell.ok(CONFIGS, Shell.with(address, "--alter", "--delete-config", "connection_creation_rate"));
    }

    private void credentials() throws Exception {
        String[] user = {"--entity-type", "users", "--entity-name", cluster.name("alice")};
        shell.ok(CONFIGS, Shell.with(user, "--alter", "--add-config", "SCRAM-SHA-256=[iterations=8192,password=secret]"));
        Checks.until("the credential is there", () -> shell.ok(CONFIGS, Shell.with(user, "--describe")).contains("SCRAM-SHA-256=iterations=8192"));
        shell.ok(CONFIGS, Shell.with(user, "--alter", "--delete-config", "SCRAM-SHA-256"));
        Checks.until("it is gone", () -> !shell.ok(CONFIGS, Shell.with(user, "--describe")).contains("SCRAM-SHA-256"));
    }

    private void loggers() throws Exception {
        String[] broker = {"--entity-type", "broker-loggers", "--entity-name", "1"};
        Shell.has(shell.ok(CONFIGS, Shell.with(broker, "--describe")), "root=(INFO|WARN)");
        shell.ok(CONFIGS, Shell.with(broker, "--alter", "--add-config", "root=ERROR"));
        Shell.has(shell.ok(CONFIGS, Shell.with(broker, "--describe")), "root=ERROR");
        shell.ok(CONFIGS, Shell.with(broker, "--alter", "--add-config", "root=WARN"));
        shell.fails("not a supported log level", CONFIGS, Shell.with(broker, "--alter", "--add-config", "root=LOUD"));
    }

    private void clientMetrics() throws Exception {
        String name = cluster.name("subscription");
        shell.ok(CLIENT_METRICS, "--alter", "--name", name, "--metrics", "org.apache.kafka.producer.,org.apache.kafka.consumer.",
            "--interval", "20000", "--match", "client_id=app");
        Checks.until("it is listed", () -> shell.ok(CLIENT_METRICS, "--list").contains(name));
        String described = shell.ok(CLIENT_METRICS, "--describe", "--name", name);
        Shell.has(described, "interval.ms=20000");
        Shell.has(described, "match=client_id=app");
        Shell.has(described, "metrics=org.apache.kafka.producer.,org.apache.kafka.consumer.");
        String[] entity = {"--entity-type", "client-metrics", "--entity-name", name};
        shell.ok(CONFIGS, Shell.with(entity, "--alter", "--add-config", "interval.ms=30000"));
        Checks.until("kafka-configs shows it", () -> shell.ok(CONFIGS, Shell.with(entity, "--describe")).contains("interval.ms=30000"));
        shell.fails("interval.ms", CONFIGS, Shell.with(entity, "--alter", "--add-config", "interval.ms=1"));
        shell.ok(CLIENT_METRICS, "--delete", "--name", name);
        Checks.until("it is gone", () -> !shell.ok(CLIENT_METRICS, "--list").contains(name));
    }

    private void features() throws Exception {
        Shell.has(shell.ok(FEATURES, "downgrade", "--feature", "streams.version=0", "--dry-run"), "can be|streams.version");
        shell.ok(FEATURES, "downgrade", "--feature", "streams.version=0");
        Checks.until("it is off", () -> shell.ok(FEATURES, "describe").matches("(?s).*streams.version[^\\n]*FinalizedVersionLevel: 0.*"));
        shell.ok(FEATURES, "upgrade", "--feature", "streams.version=1");
        Checks.until("it is on", () -> shell.ok(FEATURES, "describe").matches("(?s).*streams.version[^\\n]*FinalizedVersionLevel: 1.*"));
        shell.fails("only supports versions|Could not upgrade", FEATURES, "upgrade", "--feature", "streams.version=9");
    }

    private void transactions() throws Exception {
        String topic = cluster.topic("transactions-tool", 1);
        String id = cluster.name("tool");
        try (KafkaProducer<byte[], byte[]> producer = cluster.producer(Map.of("transactional.id", id))) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>(topic, Cluster.bytes("open"))).get();
            Shell.has(shell.ok(TRANSACTIONS, "list"), id + "\\s+1\\s+\\d+\\s+Ongoing");
            Shell.has(shell.ok(TRANSACTIONS, "list", "--duration-filter", "3600000"), "TransactionalId");
            String described = shell.ok(TRANSACTIONS, "describe", "--transactional-id", id);
            Shell.has(described, "Ongoing\\s+60000\\s+\\d+\\s+\\d+\\s+" + topic + "-0");
            Shell.has(shell.ok(TRANSACTIONS, "describe-producers", "--topic", topic, "--partition", "0"), "\\d+\\s+\\d+\\s+\\S+\\s+0\\s+\\d+\\s+0");
            Checks.equal(List.of(), shell.ok(TRANSACTIONS, "find-hanging", "--broker-id", "1").lines().skip(1)
                .filter(line -> line.contains(topic)).toList(), "hanging transactions");
            producer.commitTransaction();
        }
        Checks.until("it is complete", () -> shell.ok(TRANSACTIONS, "list").matches("(?s).*" + id + "\\s+1\\s+\\d+\\s+CompleteCommit.*"));
        shell.fails("TransactionalIdNotFound|does not exist|not found|Failed", TRANSACTIONS, "describe", "--transactional-id", cluster.name("nobody"));
    }

    private void election() throws Exception {
        String topic = cluster.topic("elected", 2);
        String election = TOOLS + "LeaderElectionCommand";
        String[] one = {"--election-type", "preferred", "--topic", topic, "--partition", "1"};
        Shell.has(shell.ok(election, one), "Valid replica already elected for partitions " + topic + "-1");
        shell.ok(election, "--election-type", "preferred", "--all-topic-partitions");
        shell.fails("UnknownTopicOrPartition|does not exist|partition", election, "--election-type", "preferred",
            "--topic", cluster.name("none"), "--partition", "0");
    }

    private void reassignment() throws Exception {
        String topic = cluster.topic("reassigned", 1);
        String reassign = TOOLS + "reassign.ReassignPartitionsCommand";
        Path plan = Files.createTempFile("reassignment", ".json");
        try {
            String partition = "{\"topic\":\"" + topic + "\",\"partition\":0,\"replicas\":[1],\"log_dirs\":[\"any\"]}";
            Files.writeString(plan, "{\"version\":1,\"partitions\":[" + partition + "]}");
            String file = plan.toString();
            Shell.has(shell.ok(reassign, "--execute", "--reassignment-json-file", file), "Successfully started partition reassignment for " + topic + "-0");
            Checks.until("it is complete", () -> shell.ok(reassign, "--verify", "--reassignment-json-file", file)
                .contains("Reassignment of partition " + topic + "-0 is completed"));
            Shell.has(shell.ok(reassign, "--list"), "No partition reassignments found");
            shell.ok(reassign, "--cancel", "--reassignment-json-file", file);
            Files.writeString(plan, "{\"version\":1,\"partitions\":[" + partition.replace("[1]", "[7]") + "]}");
            shell.fails("Unknown broker id|7", reassign, "--execute", "--reassignment-json-file", file);
        } finally {
            Files.delete(plan);
        }
    }

    private void consumerGroup() throws Exception {
        String group = cluster.topic("modern-described", 2);
        cluster.send(Cluster.numbered(group, 0, 10), Map.of());
        Map<String, Object> config = new HashMap<>(Map.of("group.protocol", "consumer", "client.id", "cli-modern"));
        config.put("heartbeat.interval.ms", null);
        try (var consumer = cluster.consumer(group, config)) {
            consumer.subscribe(List.of(group));
            int[] count = {0};
            Checks.until("all is read", () -> (count[0] += consumer.poll(Duration.ofMillis(50)).count()) == 10);
            consumer.commitSync();
            Shell.has(shell.ok(GROUPS, "--describe", "--group", group), "cli-modern");
            Shell.has(shell.ok(GROUPS, "--describe", "--group", group, "--members", "--verbose"), "cli-modern\\s+2\\s+\\d+\\s.*" + group + ":0,1");
            Shell.has(shell.ok(GROUPS, "--describe", "--group", group, "--state", "--verbose"), "uniform\\s+Stable\\s+\\d+\\s+\\d+\\s+1");
            Shell.has(shell.ok(GROUPS, "--list", "--type", "consumer", "--state", "stable"), group);
            Shell.has(shell.ok(GROUPS, "--delete", "--group", group), "GroupNotEmptyException");
        }
        Shell.has(shell.ok(GROUPS, "--delete", "--group", group), "successful");
    }
}

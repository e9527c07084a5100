import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/** Programs of Apache Kafka that its own system tests run, and one that operators have run. */
final class SystemTestToolChecks {
    private static final String TOOLS = "org.apache.kafka.tools.";

    private final Checks checks;
    private final Cluster cluster;

    SystemTestToolChecks(Checks checks, Cluster cluster) {
        this.checks = checks;
        this.cluster = cluster;
    }

    void run() {
        checks.check("ClientCompatibilityTest", this::clientCompatibility);
        checks.check("TransactionalMessageCopier", () -> transactionalCopy("copier"));
        checks.check("TransactionalMessageCopier --group-mode", () -> transactionalCopy("group-copier", "--group-mode", "--use-group-metadata"));
        checks.check("kafka-replica-verification", this::replicaVerification);
    }

    /** It creates a topic of a fixed name. */
    private void clientCompatibility() throws Exception {
        String topic = cluster.topic("cli-compatibility", 1);
        try {
            Tool.Run run = Tool.run(TOOLS + "ClientCompatibilityTest", "--bootstrap-server", cluster.bootstrap, "--topic", topic,
                "--offsets-for-times-supported", "true", "--cluster-id-supported", "true", "--expect-record-too-large-exception", "false",
                "--num-cluster-nodes", "1", "--create-topics-supported", "true", "--describe-acls-supported", "true",
                "--describe-configs-supported", "true", "--idempotent-producer-supported", "true");
            Checks.that(run.code() == 0, "it exits with " + run.code() + ": " + run.out() + run.err());
            Shell.has(run.out(), "SUCCESS");
        } finally {
            cluster.admin.deleteTopics(List.of("newtopic")).all().get();
        }
    }

    private void transactionalCopy(String name, String... options) throws Exception {
        String input = cluster.topic(name + "-input", 1), output = cluster.topic(name + "-output", 1);
        cluster.send(Cluster.numbered(input, 0, 2000), Map.of());
        String[] args = {"--broker-list", cluster.bootstrap, "--input-topic", input, "--input-partition", "0", "--output-topic", output,
            "--transactional-id", input, "--consumer-group", input, "--max-messages", "2000", "--transaction-size", "300", "--enable-random-aborts"};
        Tool.Run run = Tool.run(TOOLS + "TransactionalMessageCopier", Shell.with(args, options));
        Checks.that(run.code() == 0, "it exits with " + run.code() + ": " + run.out() + run.err());
        Shell.has(run.out(), "\"consumed\":\"?2000\"?");
        var source = cluster.values(new TopicPartition(input, 0), "read_uncommitted");
        Checks.that(source.equals(cluster.values(new TopicPartition(output, 0), "read_committed")), "the copy differs");
        Checks.equal(2000L, cluster.admin.listConsumerGroupOffsets(input).partitionsToOffsetAndMetadata().get()
            .get(new TopicPartition(input, 0)).offset(), "offset of the group");
    }

    /** It reads as a replica for debugging does, and goes on until it is killed: its first report is enough. */
    private void replicaVerification() throws Exception {
        String topic = cluster.topic("cli-replicas", 2);
        cluster.send(Cluster.numbered(topic, 0, 500), Map.of());
        Process process = Tool.start(TOOLS + "ReplicaVerificationTool", "--broker-list", cluster.bootstrap, "--topics-include", topic,
            "--report-interval-ms", "200");
        try (var lines = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            StringBuilder said = new StringBuilder();
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                said.append(line).append('\n');
                if (line.contains("max lag is 0 for partition " + topic)) return;
            }
            throw new AssertionError("it ended without a report: " + said);
        } finally {
            process.destroyForcibly().waitFor();
        }
    }
}

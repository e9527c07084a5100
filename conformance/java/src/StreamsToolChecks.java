import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.utils.Utils;

/** Apache Kafka's tools for groups of Kafka Streams programs (KIP-1071). */
final class StreamsToolChecks {
    private static final String TOOLS = "org.apache.kafka.tools.";
    private static final String GROUPS = TOOLS + "streams.StreamsGroupCommand";

    private final Checks checks;
    private final Cluster cluster;
    private final Shell shell;

    StreamsToolChecks(Checks checks, Cluster cluster) {
        this.checks = checks;
        this.cluster = cluster;
        shell = new Shell(cluster);
    }

    void run() {
        checks.check("kafka-streams-groups", this::groups);
        checks.check("kafka-streams-application-reset --dry-run", this::applicationReset);
    }

    /** What can be asked of a group while its program runs, and what can be done to it afterwards. */
    private void groups() throws Exception {
        String group = cluster.name("cli-streams");
        String input = cluster.topic("cli-streams-lines", 2), output = cluster.topic("cli-streams-counts", 2);
        Path directory = Files.createTempDirectory("streams-tool");
        cluster.send(List.of(new ProducerRecord<>(input, 0, null, Cluster.bytes("a b a")), new ProducerRecord<>(input, 1, null, Cluster.bytes("b a"))), Map.of());
        try (var program = new WordCount(cluster, group, input, output, directory, Map.of("group.protocol", "streams", "client.id", "cli-streams"))) {
            program.start();
            Checks.until("the words are counted", () -> WordCount.counts(cluster, output, 2).equals(Map.of("a", 3L, "b", 2L)));
            ofRunning(group, input);
        } finally {
            Utils.delete(directory.toFile());
        }
        Checks.until("the group is empty", () -> shell.ok(GROUPS, "--list", "--state", "empty").contains(group));
        resetAndDelete(group, input);
    }

    private void ofRunning(String group, String input) throws Exception {
        Shell.has(shell.ok(GROUPS, "--list"), group);
        Shell.has(shell.ok(GROUPS, "--list", "--state"), group + "\\s+Stable");
        Shell.has(shell.ok(GROUPS, "--describe", "--group", group, "--state", "--verbose"), group + "\\s+\\S+\\s+\\(1\\)\\s+Stable\\s+\\d+\\s+\\d+\\s+1");
        String members = shell.ok(GROUPS, "--describe", "--group", group, "--members", "--verbose");
        Shell.has(members, group + "\\s+\\d+\\s+0\\s+\\S+\\s+streams\\s+\\d+\\s+\\S+\\s+cli-streams\\S*\\s+.*ACTIVE");
        Checks.until("the offsets are those after the input", () -> shell.ok(GROUPS, "--describe", "--group", group, "--offsets", "--verbose")
            .lines().filter(line -> line.matches(group + "\\s+" + input + "\\s+[01]\\s+1\\s+\\S+\\s+1\\s+0\\s*")).count() == 2);
        Shell.has(shell.ok(GROUPS, "--delete", "--group", group), "not empty|NON_EMPTY|GroupNotEmpty|could not be deleted");
    }

    private void resetAndDelete(String group, String input) throws Exception {
        String[] reset = {"--reset-offsets", "--group", group, "--input-topic", input};
        Shell.has(shell.ok(GROUPS, Shell.with(reset, "--to-earliest", "--dry-run")), group + "\\s+" + input + "\\s+0\\s+0");
        Shell.has(shell.ok(GROUPS, Shell.with(reset, "--to-earliest", "--execute")), group + "\\s+" + input + "\\s+1\\s+0");
        for (var partition : Cluster.partitions(input, 2)) {
            Checks.equal(0L, cluster.admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get().get(partition).offset(), "offset of " + partition);
        }
        Shell.has(shell.ok(GROUPS, "--delete-offsets", "--group", group, "--input-topic", input), input + "\\s+0\\s+Successful");
        Shell.has(shell.ok(GROUPS, "--delete", "--group", group, "--delete-all-internal-topics"), "Deletion of requested streams groups .* was successful");
        Checks.until("it is gone", () -> !shell.ok(GROUPS, "--list").contains(group));
        Checks.until("its topics are gone", () -> cluster.admin.listTopics().names().get().stream()
            .noneMatch(topic -> topic.startsWith(group + "-counts-")));
    }

    private void applicationReset() throws Exception {
        String topic = cluster.topic("cli-streams-reset", 1);
        cluster.send(Cluster.numbered(topic, 0, 10), Map.of());
        String application = cluster.name("cli-streams-reset");
        shell.ok(TOOLS + "consumer.group.ConsumerGroupCommand", "--reset-offsets", "--group", application, "--topic", topic, "--to-latest", "--execute");
        String out = shell.ok(TOOLS + "StreamsResetter", "--application-id", application, "--input-topics", topic, "--to-earliest", "--dry-run");
        Shell.has(out, "Topic: " + topic + " Partition: 0 Offset: 0");
        Shell.has(shell.ok(TOOLS + "consumer.group.ConsumerGroupCommand", "--describe", "--group", application), topic + "\\s+0\\s+10\\s+10\\s+0");
    }
}

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Apache Kafka's tools for share groups (KIP-932). */
final class ShareToolChecks {
    private static final String TOOLS = "org.apache.kafka.tools.";
    private static final String CONSOLE = TOOLS + "consumer.ConsoleShareConsumer";
    private static final String GROUPS = TOOLS + "consumer.group.ShareGroupCommand";

    private final Checks checks;
    private final Cluster cluster;
    private final Shell shell;

    ShareToolChecks(Checks checks, Cluster cluster) {
        this.checks = checks;
        this.cluster = cluster;
        shell = new Shell(cluster);
    }

    void run() {
        checks.check("kafka-console-share-consumer", this::console);
        checks.check("kafka-share-groups --list and --describe", this::describe);
        checks.check("kafka-share-groups --reset-offsets, --delete-offsets and --delete", this::resetAndDelete);
        checks.check("kafka-verifiable-share-consumer", this::verifiable);
        checks.check("kafka-share-consumer-perf-test", this::perf);
    }

    /** A topic with records, and the name of a group that reads it from its start. */
    private String topic(String name, int partitions, int records) throws Exception {
        String topic = cluster.topic(name, partitions);
        cluster.configureGroup(topic, Map.of("share.auto.offset.reset", "earliest"));
        cluster.send(Cluster.numbered(topic, 0, records), Map.of());
        return topic;
    }

    private void console() throws Exception {
        String topic = topic("cli-share-console", 1, 5);
        String[] all = {"--topic", topic, "--group", topic, "--timeout-ms", "20000", "--max-messages", "5", "--formatter-property", "print.delivery=true"};
        Checks.equal(deliveries(0, 5, 1), shell.ok(CONSOLE, Shell.with(all, "--release")).trim(), "records that are released");
        Checks.equal(deliveries(0, 5, 2), shell.ok(CONSOLE, all).trim(), "records that are accepted");
        cluster.send(Cluster.numbered(topic, 5, 5), Map.of());
        Checks.equal(deliveries(5, 5, 1), shell.ok(CONSOLE, Shell.with(all, "--reject")).trim(), "records that are rejected");
        cluster.send(Cluster.numbered(topic, 10, 5), Map.of());
        Checks.equal(deliveries(10, 5, 1), shell.ok(CONSOLE, all).trim(), "what comes after them");
    }

    private static String deliveries(int first, int count, int delivery) {
        return IntStream.range(first, first + count).mapToObj(i -> "Delivery:" + delivery + "\tvalue-" + i).collect(Collectors.joining("\n"));
    }

    private void describe() throws Exception {
        String topic = topic("cli-share-groups", 2, 10);
        try (var consumer = cluster.shareConsumer(topic, Map.of("client.id", "cli-share", "share.acknowledgement.mode", "implicit"))) {
            consumer.subscribe(List.of(topic));
            Shares.poll(consumer, 10);
            Shares.commit(consumer);
            cluster.send(Cluster.numbered(topic, 10, 3), Map.of());
            Shell.has(shell.ok(GROUPS, "--list"), topic);
            Shell.has(shell.ok(GROUPS, "--list", "--state"), topic + "\\s+Stable");
            Checks.that(!shell.ok(GROUPS, "--list", "--state", "dead,empty").contains(topic), "it is listed among the empty groups");
            Shell.has(shell.ok(GROUPS, "--describe", "--group", topic, "--state", "--verbose"), topic + "\\s+\\S+\\s+\\(1\\)\\s+Stable\\s+\\d+\\s+\\d+\\s+1");
            Shell.has(shell.ok(GROUPS, "--describe", "--group", topic, "--members", "--verbose"), topic + "\\s+\\S+\\s+\\S+\\s+cli-share\\s+2\\s+\\d+\\s+" + topic + ":0,1");
            Checks.until("the lag is 3", () -> lag(topic) == 3);
            Shell.has(shell.ok(GROUPS, "--delete", "--group", topic), "GroupNotEmptyException");
        }
        Checks.until("it is empty", () -> shell.ok(GROUPS, "--list", "--state", "empty").contains(topic));
        Shell.has(shell.any(GROUPS, "", "--describe", "--group", cluster.name("none")).err(), "none");
    }

    private int lag(String group) throws Exception {
        return shell.ok(GROUPS, "--describe", "--group", group, "--offsets").lines().filter(line -> line.startsWith(group))
            .mapToInt(line -> Integer.parseInt(line.trim().split("\\s+")[4])).sum();
    }

    private void resetAndDelete() throws Exception {
        String topic = topic("cli-share-reset", 1, 10);
        shell.ok(CONSOLE, "--topic", topic, "--group", topic, "--max-messages", "10", "--timeout-ms", "20000");
        String[] reset = {"--reset-offsets", "--group", topic, "--topic", topic};
        Shell.has(shell.ok(GROUPS, Shell.with(reset, "--to-earliest", "--dry-run")), topic + "\\s+0\\s+0");
        Shell.has(shell.ok(GROUPS, "--describe", "--group", topic), topic + "\\s+" + topic + "\\s+0\\s+\\d+\\s+0");
        Shell.has(shell.ok(GROUPS, Shell.with(reset, "--to-earliest", "--execute")), topic + "\\s+0\\s+0");
        Shell.has(shell.ok(GROUPS, "--describe", "--group", topic), topic + "\\s+" + topic + "\\s+0\\s+0\\s+10");
        String again = shell.ok(CONSOLE, "--topic", topic, "--group", topic, "--max-messages", "10", "--timeout-ms", "20000");
        Checks.equal(10L, again.lines().count(), "records that came again");
        Shell.has(shell.ok(GROUPS, Shell.with(reset, "--to-latest", "--execute")), topic + "\\s+0\\s+10");
        Shell.has(shell.ok(GROUPS, "--delete-offsets", "--group", topic, "--topic", topic), topic + "\\s+Successful");
        Shell.has(shell.any(GROUPS, "", "--describe", "--group", topic).out(), "has no offset information");
        Shell.has(shell.ok(GROUPS, "--delete", "--group", topic), "Deletion of requested share groups .* was successful");
        Checks.until("it is gone", () -> !shell.ok(GROUPS, "--list").contains(topic));
    }

    private void verifiable() throws Exception {
        String topic = topic("cli-share-verifiable", 1, 300);
        String out = Tool.process(TOOLS + "VerifiableShareConsumer", "--bootstrap-server", cluster.bootstrap, "--topic", topic,
            "--group-id", topic, "--max-messages", "300", "--acknowledgement-mode", "sync").out();
        for (String event : List.of("records_consumed", "offsets_acknowledged")) {
            int count = out.lines().filter(line -> line.contains("\"" + event + "\""))
                .mapToInt(line -> Integer.parseInt(line.replaceAll(".*\"" + event + "\",\"count\":(\\d+).*", "$1"))).sum();
            Checks.equal(300, count, event);
        }
        Checks.that(!out.contains("\"success\":false"), out);
    }

    private void perf() throws Exception {
        String topic = topic("cli-share-perf", 2, 20_000);
        String out = shell.ok(TOOLS + "ShareConsumerPerformance", "--topic", topic, "--group", topic, "--num-records", "20000", "--timeout", "20000");
        Checks.equal("20000", out.lines().toList().get(1).split(", ")[5], "records: " + out);
    }
}

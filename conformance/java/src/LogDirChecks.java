import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/** Replicas that an operator moves between the directories of one broker (KIP-113), while they are written to. */
final class LogDirChecks {
    private static final String TOOLS = "org.apache.kafka.tools.";
    private static final String REASSIGN = TOOLS + "reassign.ReassignPartitionsCommand";
    private static final int PARTITIONS = 2;
    private static final int RECORDS = 3000;

    private final Checks checks;
    private final Cluster cluster;
    private final Shell shell;
    private final String topic;

    private LogDirChecks(Checks checks, Cluster cluster) {
        this.checks = checks;
        this.cluster = cluster;
        shell = new Shell(cluster);
        topic = cluster.name("moved");
    }

    /** BOOTSTRAP STATE-FILE: moves replicas, and on a second run, after a restart, looks whether they stayed. */
    static void run(String[] args) throws Exception {
        Checks checks = new Checks("");
        checks.version(org.apache.kafka.common.utils.AppInfoParser.getVersion());
        Tool.capture();
        Path state = Path.of(args[1]);
        try (Cluster cluster = new Cluster(args[0], "log-dirs")) {
            var moves = new LogDirChecks(checks, cluster);
            if (!Files.exists(state)) {
                moves.move();
                Files.write(state, moves.lines());
            } else {
                checks.check("after a restart the replicas are where they were, and the same",
                    () -> Checks.equal(Files.readAllLines(state), moves.lines(), "replicas"));
            }
        }
        checks.done();
    }

    private void move() throws Exception {
        cluster.topic("moved", PARTITIONS, Map.of("segment.bytes", "1048576"));
        write();
        checks.check("kafka-log-dirs shows both directories", () -> {
            String out = shell.ok(TOOLS + "LogDirsCommand", "--describe", "--broker-list", "1", "--topic-list", topic);
            for (String directory : directories()) Shell.has(out, "\"logDir\":\"" + directory + "\"");
        });
        checks.check("kafka-reassign-partitions moves replicas that are written to", () -> moveAll(true));
        checks.check("kafka-reassign-partitions moves them back", () -> moveAll(false));
        checks.check("kafka-reassign-partitions moves one of two", () -> {
            String stays = place().get(0);
            move(new TopicPartition(topic, 1), other(place().get(1)));
            Checks.equal(stays, place().get(0), "directory of the other");
        });
        checks.check("no directory of this broker", () -> Shell.has(execute(new TopicPartition(topic, 0), "/no/such/directory").out(),
            "Failed to move|LogDirNotFoundException"));
    }

    private void write() throws Exception {
        byte[] value = new byte[500];
        List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
        for (int i = 0; i < RECORDS; i++) records.add(new ProducerRecord<>(topic, i % PARTITIONS, null, Cluster.bytes("key-" + i), value));
        cluster.send(records, Map.of());
    }

    /** Moves every replica to the other directory; with a producer at work all the while if so wanted. */
    private void moveAll(boolean busy) throws Exception {
        var before = image();
        AtomicBoolean moving = new AtomicBoolean(busy);
        List<String> sent = new ArrayList<>();
        Thread writer = new Thread(() -> {
            try (var producer = cluster.producer(Map.of())) {
                while (moving.get()) {
                    String key = "while-moving-" + sent.size();
                    producer.send(new ProducerRecord<>(topic, sent.size() % PARTITIONS, null, Cluster.bytes(key), Cluster.bytes(key))).get();
                    sent.add(key);
                }
            } catch (Exception e) {
                sent.add("failed with " + e);
            }
        });
        writer.start();
        try {
            for (var partition : Cluster.partitions(topic, PARTITIONS)) move(partition, other(place().get(partition.partition())));
        } finally {
            moving.set(false);
            writer.join();
        }
        var after = image();
        for (String key : before) Checks.that(after.remove(key), key + " is lost");
        Checks.equal(sent.stream().sorted().toList(), after.stream().sorted().toList(), "records that were written meanwhile");
    }

    private void move(TopicPartition partition, String directory) throws Exception {
        Tool.Run run = execute(partition, directory);
        Shell.has(run.out(), "Successfully started moving log directory to " + directory + " for replica " + partition + " with broker 1");
        Checks.until(partition + " is in " + directory, () -> verify(partition, directory).contains("Reassignment of replica " + partition + "-1 completed successfully"));
        Checks.equal(directory, place().get(partition.partition()), "directory of " + partition);
    }

    private Tool.Run execute(TopicPartition partition, String directory) throws Exception {
        return reassign(partition, directory, "--execute");
    }

    private String verify(TopicPartition partition, String directory) throws Exception {
        return reassign(partition, directory, "--verify").out();
    }

    private Tool.Run reassign(TopicPartition partition, String directory, String action) throws Exception {
        Path plan = Files.createTempFile("moves", ".json");
        try {
            Files.writeString(plan, "{\"version\":1,\"partitions\":[{\"topic\":\"" + topic + "\",\"partition\":" + partition.partition()
                + ",\"replicas\":[1],\"log_dirs\":[\"" + directory + "\"]}]}");
            return shell.any(REASSIGN, "", action, "--reassignment-json-file", plan.toString());
        } finally {
            Files.delete(plan);
        }
    }

    private List<String> directories() throws Exception {
        return cluster.admin.describeLogDirs(List.of(1)).allDescriptions().get().get(1).keySet().stream().sorted().toList();
    }

    private String other(String directory) throws Exception {
        return directories().stream().filter(path -> !path.equals(directory)).findFirst().orElseThrow();
    }

    /** The directory of each partition's replica; a future replica does not count. */
    private Map<Integer, String> place() throws Exception {
        Map<Integer, String> place = new TreeMap<>();
        cluster.admin.describeLogDirs(List.of(1)).allDescriptions().get().get(1).forEach((path, directory) ->
            directory.replicaInfos().forEach((partition, replica) -> {
                if (partition.topic().equals(topic) && !replica.isFuture()) place.put(partition.partition(), path);
            }));
        return place;
    }

    /** The keys of all records. */
    private List<String> image() throws Exception {
        List<String> keys = new ArrayList<>();
        for (var partition : Cluster.partitions(topic, PARTITIONS)) {
            for (var record : cluster.records(partition, "read_uncommitted")) keys.add(Cluster.text(record.key()));
        }
        return keys;
    }

    private List<String> lines() throws Exception {
        List<String> lines = new ArrayList<>();
        for (var entry : place().entrySet()) {
            var records = cluster.records(new TopicPartition(topic, entry.getKey()), "read_uncommitted");
            String hash = String.valueOf(records.stream().map(r -> r.offset() + Cluster.text(r.key())).collect(Collectors.joining()).hashCode());
            lines.add(entry.getKey() + " in " + entry.getValue() + ": " + records.size() + " records, hash " + hash);
        }
        return lines;
    }
}

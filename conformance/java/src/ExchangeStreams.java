import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.StreamsGroupDescription;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.utils.Utils;

/** A Kafka Streams program in an exchange: its store is gone in each turn, and comes back from the changelog. */
final class ExchangeStreams {
    private static final int PARTITIONS = 2;
    private static final int LINES = 200;

    private final Cluster cluster;
    private final int turn;

    ExchangeStreams(Cluster cluster, int turn) {
        this.cluster = cluster;
        this.turn = turn;
    }

    /** Each turn brings the same words: the counts grow by the same in each. */
    void goOn() throws Exception {
        String input = cluster.name("lines"), output = cluster.name("counts");
        if (turn == 0) {
            cluster.topic("lines", PARTITIONS);
            cluster.topic("counts", PARTITIONS);
        }
        List<ProducerRecord<byte[], byte[]>> lines = new ArrayList<>();
        Map<String, Long> expected = new TreeMap<>();
        for (int i = 0; i < LINES; i++) {
            lines.add(new ProducerRecord<>(input, i % PARTITIONS, null, Cluster.bytes("always word-" + i % 10)));
            expected.merge("word-" + i % 10, turn + 1L, Long::sum);
        }
        expected.put("always", (turn + 1L) * LINES);
        cluster.send(lines, Map.of());
        Path directory = Files.createTempDirectory("exchange-streams");
        try (var program = new WordCount(cluster, cluster.name("streams"), input, output, directory, Map.of("group.protocol", "streams"))) {
            program.start();
            Checks.until("the counts are " + expected, () -> WordCount.counts(cluster, output, PARTITIONS).equals(expected));
        } finally {
            Utils.delete(directory.toFile());
        }
    }

    /** The line of an image for a group of such a program; the partitions of its topics are found out by its members' heartbeats. */
    static String image(StreamsGroupDescription group) {
        var topics = group.subtopologies().stream().map(part -> part.subtopologyId() + ": " + part.sourceTopics() + " "
            + part.repartitionSourceTopics().keySet() + " " + part.stateChangelogTopics().keySet() + " " + part.repartitionSinkTopics()).toList();
        return group.groupState() + " at " + group.groupEpoch() + "/" + group.targetAssignmentEpoch() + ", topology "
            + group.topologyEpoch() + " of " + topics;
    }
}
